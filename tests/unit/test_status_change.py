"""What a status change costs the database, from the choice until another tab shows it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from callcenter.bootstrap import Services
from callcenter.core.domain.agents import AgentStatus, NotReadyReason, Presence
from callcenter.platform.errors import InvalidInput
from tests.builders import Centre

MOST_FOR_A_CHOICE = 5
"""Begin, this agent's state, the change, who waits, the entry in the log."""
MOST_UNTIL_SEEN = 6
"""And the state again, for all tabs of a process."""


@pytest.fixture
def statements(services: Services) -> Iterator[list[str]]:
    """All that the database is asked or told, with what begins a transaction."""
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    engines = {services.db._reader.sync_engine, services.db._writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield asked
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("chosen", [Presence.NOT_READY, Presence.AVAILABLE, Presence.OFFLINE])
async def test_a_status_change_asks_for_one_agent_and_is_seen_after_few_statements(
    centre: Centre, statements: list[str], chosen: Presence
) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    if chosen is Presence.AVAILABLE:
        await centre.services.presence.set(anna, Presence.OFFLINE)
    await centre.services.team.view(ben)
    statements.clear()
    assert await centre.services.presence.choose(anna, chosen)
    assert len(statements) <= MOST_FOR_A_CHOICE, statements
    seen = {one.id: one.presence for one in (await centre.services.team.view(ben)).members}
    assert seen[anna.id] == chosen
    assert len(statements) <= MOST_UNTIL_SEEN, statements


async def test_ones_own_account_is_read_in_one_statement(centre: Centre, statements: list[str]) -> None:
    anna = await centre.agent("Anna")
    statements.clear()
    assert (await centre.services.accounts.me(anna)).status == AgentStatus.AVAILABLE
    assert len(statements) == 1, statements


async def test_while_a_call_is_on_a_status_waits_for_its_end(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna)
    presence = centre.services.presence
    assert not await presence.choose(anna, Presence.NOT_READY, NotReadyReason.LUNCH)
    desk = await centre.desk(anna)
    assert (desk.presence, desk.next_presence, desk.next_presence_reason) == ("available", "not_ready", "lunch")
    assert await presence.choose(anna, Presence.AVAILABLE), "what one is takes it back"
    assert (await centre.desk(anna)).next_presence == ""
    assert not await presence.choose(anna, Presence.OFFLINE)
    await centre.caller_hangs_up(call_id)
    assert (await centre.desk(anna)).presence == "offline"


async def test_a_call_that_only_rings_goes_to_the_next_agent(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.call_in()
    assert await centre.services.presence.choose(anna, Presence.NOT_READY)
    assert await centre.ringing_at(call_id, anna, ben) == ben


async def test_a_reason_that_does_not_belong_changes_nothing(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    with pytest.raises(InvalidInput):
        await centre.services.presence.choose(anna, Presence.OFFLINE, NotReadyReason.LUNCH)
    assert (await centre.desk(anna)).presence == "available"


def test_every_status_is_one_that_can_be_chosen() -> None:
    assert {status.presence for status in AgentStatus} == set(Presence)
