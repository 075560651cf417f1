"""Bring the database to this version of the program."""

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
    from sqlalchemy.exc import OperationalError

    _check_address(settings.database_url)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("sqlalchemy.url", settings.database_url.replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        if "Can't locate revision" not in str(error):
            raise
        raise Problem(
            f"the database {_name(settings)} comes from a newer version of this program. "
            "Update the program, or set DATABASE_URL to another database."
        ) from None
    except OperationalError as error:
        raise Problem(
            f"the database {_name(settings)} cannot be used ({_first_line(error.orig)}). "
            "Check DATABASE_URL and who may write there."
        ) from None


def _check_address(address: str) -> None:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        known = make_url(address).get_backend_name() in ("sqlite", "postgresql")
    except ArgumentError:
        known = False
    if not known:
        raise Problem("DATABASE_URL is neither sqlite:///file.db nor postgresql://user:password@host/name. Correct it.")


def _first_line(error: object) -> str:
    return str(error).partition("\n")[0]


def _name(settings: Settings) -> str:
    """The address of the database without its password."""
    from sqlalchemy.engine import make_url

    return make_url(settings.database_url).render_as_string(hide_password=True)
