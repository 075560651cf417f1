"""SQLite on a disk without room: whoever asks is told to come again, and nothing is half done."""

import pytest
from sqlalchemy import text

from callcenter.bootstrap import Services
from callcenter.platform.errors import DatabaseUnavailable
from tests.builders import Centre


async def make_room(services: Services, pages: int) -> None:
    """The file may not grow beyond so many pages; those it has, it keeps."""
    async with services.db.writing() as session:
        await session.execute(text(f"PRAGMA max_page_count = {pages}"))


async def many_call(centre: Centre) -> None:
    for number in range(300):
        await centre.call_in(f"+49302312{number:04}")


async def test_a_caller_who_finds_no_room_is_told_of_again_and_rings(centre: Centre) -> None:
    if not centre.services.db.url.startswith("sqlite"):
        pytest.skip("for PostgreSQL see test_postgresql.py")
    anna = await centre.agent("Anna")
    await make_room(centre.services, 1)
    with pytest.raises(DatabaseUnavailable):
        await many_call(centre)
    await make_room(centre.services, 1_000_000)
    centre.media.outbox.clear()
    await centre.reconcile()
    newest = await centre.call_in("+493023129999")
    assert (await centre.events(newest))[:2] == ["created", "queued"]
    assert (await centre.offer(anna)).call_id > 0
