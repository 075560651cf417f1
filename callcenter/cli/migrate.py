"""Bring the database to this version of the program."""

import sqlite3
from contextlib import closing
from urllib.parse import quote, unquote

from callcenter.cli.environment import ROOT
from callcenter.platform.database import migrations
from callcenter.platform.errors import Problem
from callcenter.settings import Settings, get_settings, service_urls

SQLITE = "sqlite:///"


def migrate() -> None:
    """Bring the database to this version. Does nothing when it is there already."""
    upgrade(get_settings())


def is_in_use(settings: Settings) -> bool:
    """Return True for an SQLite file at this version that holds accounts: nothing is left to prepare in it.

    Every start asks this, so it does without SQLAlchemy and alembic, whose import takes longer than the question.
    """
    if not settings.database_url.startswith(SQLITE):
        return False
    file = quote(unquote(settings.database_url.removeprefix(SQLITE)))
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True)) as database:
            versions = database.execute("SELECT version_num FROM alembic_version").fetchall()
            accounts = database.execute("SELECT 1 FROM agent LIMIT 1").fetchone()
    except sqlite3.Error:
        return False
    return versions == [(migrations.newest(),)] and accounts is not None


def upgrade(settings: Settings) -> None:
    """Apply the migrations that are missing. Raises Problem for a database this program cannot use."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError
    from sqlalchemy.exc import DBAPIError

    try:
        service_urls.database(settings.database_url)
    except ValueError as error:
        raise Problem(str(error)) from None
    name = service_urls.shown_database(settings.database_url)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("sqlalchemy.url", settings.database_url.replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        if "Can't locate revision" not in str(error):
            raise
        raise Problem(
            f"the database {name} comes from a newer version of this program. "
            "Update the program, or set DATABASE_URL to another database."
        ) from None
    except DBAPIError as error:
        raise Problem(
            f"the database {name} cannot be used ({_first_line(error.orig)}). "
            "Check DATABASE_URL and who may write there."
        ) from None


def _first_line(error: object) -> str:
    return str(error).partition("\n")[0]
