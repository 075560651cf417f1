"""Work that one process does for all: who does it, and whether they still count.

No times are kept: how long a count stands still is for each process to see with a clock of its own.
"""

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel

from callcenter.platform.database.statements import NOT_SYNCED, changed


async def look(session: AsyncSession, name: str) -> tuple[str, int]:
    """Who does it, empty for nobody, and their count."""
    duty = await session.get(Duty, name, populate_existing=True)
    return (duty.holder, duty.beats) if duty else ("", 0)


async def beat(session: AsyncSession, name: str, holder: str) -> bool:
    """Count on. False when it is somebody else's by now."""
    query = update(Duty).where(Duty.name == name, Duty.holder == holder).execution_options(**NOT_SYNCED)
    return changed(await session.execute(query.values(beats=Duty.beats + 1)))


async def take(session: AsyncSession, name: str, holder: str, seen: tuple[str, int]) -> bool:
    """Take it from whoever has not counted on since it was seen so. False when they have, or somebody was quicker."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else pg_insert
    await session.execute(insert(Duty).values(name=name, holder="", beats=0).on_conflict_do_nothing())
    query = update(Duty).where(Duty.name == name, Duty.holder == seen[0], Duty.beats == seen[1])
    return changed(await session.execute(query.values(holder=holder, beats=Duty.beats + 1)))


async def leave(session: AsyncSession, name: str, holder: str) -> None:
    await session.execute(update(Duty).where(Duty.name == name, Duty.holder == holder).values(holder=""))


class Duty(SQLModel, table=True):
    """Work that one process does for all, for as long as it goes on counting."""

    name: str = Field(primary_key=True, max_length=32)
    holder: str = Field(max_length=32)
    beats: int
