"""Which version of the tables a database has, and which this program needs."""

from functools import lru_cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MIGRATIONS = Path(__file__).resolve().parents[2] / "alembic"


@lru_cache(maxsize=1)
def needed() -> str:
    """The newest migration of this program."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head() or ""


async def found(session: AsyncSession) -> str:
    """The last migration applied to this database. Raises when there is none."""
    return str((await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one())


async def reachable(session: AsyncSession) -> bool:
    """The database answers."""
    return bool((await session.execute(text("SELECT 1"))).scalar_one())
