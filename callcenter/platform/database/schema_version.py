"""Which version of the tables a database has."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def found(session: AsyncSession) -> str:
    """The last migration applied to this database. Raises when there is none."""
    return str((await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one())


async def reachable(session: AsyncSession) -> bool:
    """The database answers."""
    return bool((await session.execute(text("SELECT 1"))).scalar_one())
