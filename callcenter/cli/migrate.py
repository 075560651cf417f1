"""Bring the database to this version of the program."""

from callcenter import service_urls
from callcenter.cli.development import ROOT
from callcenter.cli.problems import Problem
from callcenter.settings import Settings, get_settings


def migrate() -> None:
    """Bring the database to this version. Does nothing when it is there already."""
    upgrade(get_settings())


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
