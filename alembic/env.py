"""Runs the migrations with an ordinary, synchronous engine."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool
from sqlmodel.sql.sqltypes import AutoString

from callcenter.platform.database.column_types import UtcDateTime, Word, metadata
from callcenter.settings import get_settings, service_urls

SYNC_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


def _url() -> str:
    parsed = service_urls.database(context.config.get_main_option("sqlalchemy.url") or get_settings().database_url)
    return parsed.set(drivername=SYNC_DRIVERS[parsed.drivername]).render_as_string(hide_password=False)


def _plain_types(kind: str, item: Any, _: Any) -> str | bool:
    """Migrations name column types of the database, not classes of this program that may change."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Word):
        return f"sa.String(length={item.impl.length})"
    return f"sa.String(length={item.length})" if isinstance(item, AutoString) else False


def _run() -> None:
    engine = create_engine(_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Now, while nobody else is connected: two connections that ask for it at once lock each other out.
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=engine.dialect.name == "sqlite",
            render_item=_plain_types,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


_run()
