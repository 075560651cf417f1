"""Databases as the measures look into them: with an ordinary, synchronous driver."""

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.support.postgres import PostgresServer

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


def sync_url(url: str) -> str:
    """``DATABASE_URL`` for ``sqlalchemy.create_engine``."""
    parsed = make_url(url)
    return parsed.set(drivername=DRIVERS[parsed.get_backend_name()]).render_as_string(hide_password=False)


def create(server: PostgresServer, name: str) -> str:
    """A new database of that server; its address."""
    address = make_url(server.url)
    engine = create_engine(sync_url(server.url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return address.set(database=name).render_as_string(hide_password=False)
