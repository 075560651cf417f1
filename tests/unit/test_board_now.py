"""The copy of everybody's state that a process keeps is the same as a full reading, and costs what has changed."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import event

from callcenter.bootstrap import Services
from callcenter.core import agent_state_cache
from callcenter.core.domain.agents import SYSTEM, Actor, NotReadyReason, Presence
from callcenter.core.store import agents, calls
from callcenter.platform.errors import Refusal
from callcenter.platform.pubsub.change_bus import agent_topic
from callcenter.team.service import TeamService
from tests.builders import Centre
from tests.support.agent_states import agent_states


@pytest.fixture(autouse=True)
def _never_by_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is put right by the reading of all that comes every few seconds."""
    monkeypatch.setattr(agent_state_cache, "ALL_SECONDS", 3600.0)


@pytest.fixture
def statements(services: Services) -> Iterator[list[str]]:
    """What is asked of the database by readers."""
    asked: list[str] = []

    def note(*told: object) -> None:
        if str(told[2]).startswith("SELECT"):
            asked.append(str(told[2]))

    engine = services.db._reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


async def assert_same(centre: Centre) -> None:
    now = centre.clock()
    async with centre.services.units.reading() as (session, _):
        everyone = {one.id: one for one in (await agent_states(session, now)).values() if one.disabled_at is None}
        waiting = await calls.waiting(session)
    shown = await centre.services.board.read()
    assert shown.facts.keys() == everyone.keys()
    for agent_id, one in everyone.items():
        mine = shown.facts[agent_id]
        expected = (one.status(now), one.session(now), one.work(now), one.call_id)
        assert (mine.status(now), mine.session(now), mine.work(now), mine.call_id) == expected
    assert shown.queue.length == len(waiting)
    found = [(one.id, one.state, one.joined_at) for one in shown.queue.first]
    assert found == [(call.id, call.state, call.joined_at) for call in waiting]
    for supervises in (False, True):
        made_anew = await TeamService(centre.services.board, centre.clock).seen_by(supervises=supervises)
        assert await centre.services.team.seen_by(supervises=supervises) == made_anew


class Story:
    """Anything that may happen in a centre, one step after another."""

    def __init__(self, centre: Centre, people: list[Actor], seed: int) -> None:
        self.centre, self.people, self.random = centre, people, random.Random(seed)
        self.calls: list[int] = []
        self.tabs: list[str] = []
        self.answered = 0

    async def step(self) -> None:
        step: Callable[[Actor], Awaitable[object]] = self.random.choice(
            [
                self.call_in,
                self.is_ready,
                self.answer,
                self.decline,
                self.hang_up,
                self.choose,
                self.time,
                self.open,
                self.close,
                self.out,
            ]
        )
        with contextlib.suppress(Refusal):
            await step(self.random.choice(self.people))

    async def call_in(self, _: Actor) -> None:
        self.calls.append(await self.centre.call_in(f"+4930{self.random.randrange(10**6, 10**7)}"))

    async def answer(self, actor: Actor) -> None:
        """Whoever is rung answers; where nobody is, this agent comes to the desk and somebody calls in."""
        if not any([(await self.centre.offer(one)).call_id for one in self.people]):
            await self.is_ready(actor)
            await self.call_in(actor)
        for actor in self.people:
            offer = await self.centre.offer(actor)
            if offer.call_id:
                await self.centre.answer(actor, offer.call_id)
                self.answered += 1
                return

    async def decline(self, actor: Actor) -> None:
        await self.centre.services.calls.decline(actor, (await self.centre.offer(actor)).call_id)

    async def hang_up(self, actor: Actor) -> None:
        await self.centre.services.calls.hang_up(actor, (await self.centre.desk(actor)).call.id)

    async def is_ready(self, actor: Actor) -> None:
        """The agent comes back to a desk and waits for calls, so that there is somebody to answer them."""
        await self.centre.services.accounts.enable(SYSTEM, actor.id)
        await self.open(actor)
        await self.centre.services.presence.set(actor, Presence.AVAILABLE)

    async def choose(self, actor: Actor) -> None:
        await self.centre.services.presence.set(actor, self.random.choice(list(Presence)))

    async def open(self, actor: Actor) -> None:
        self.tabs.append(await self.centre.services.presence.connect(actor, "desk"))

    async def close(self, _: Actor) -> None:
        if self.tabs:
            await self.centre.services.presence.disconnect(self.tabs.pop())

    async def out(self, actor: Actor) -> None:
        known = self.centre.services.accounts
        await self.random.choice([known.disable, known.enable])(SYSTEM, actor.id)

    async def time(self, _: Actor) -> None:
        self.centre.clock.advance(self.random.choice([1, 8, 26, 40]))
        if self.random.random() < 0.5:
            await self.centre.services.sweeper.run()


@pytest.mark.parametrize("seed", range(4))
async def test_it_equals_a_full_reading_after_whatever_happened(centre: Centre, seed: int) -> None:
    people = [
        await centre.agent(name, connected=index % 2 == 0) for index, name in enumerate(("Ada", "Ben", "Cem", "Dee"))
    ]
    story = Story(centre, people, seed)
    for _ in range(40):
        await story.step()
        await assert_same(centre)
    assert story.answered, "no call was answered in this story, so that no agent was seen talking"


async def test_only_who_is_named_is_read_again(centre: Centre, statements: list[str]) -> None:
    anna = await centre.agent("Anna")
    await centre.agent("Ben")
    known = centre.services.board
    before = await known.read()
    statements.clear()
    assert await known.read() is before
    assert not statements, "asked for nothing"
    await centre.services.presence.set(anna, Presence.NOT_READY, NotReadyReason.LUNCH)
    after = await known.read()
    assert len(statements) == 1, "the queue has not changed"
    assert "agent.id IN" in statements[0]
    changed = [agent_id for agent_id in after.facts if after.facts[agent_id] is not before.facts[agent_id]]
    assert changed == [anna.id]


async def test_a_lease_that_runs_out_is_seen_and_one_that_was_renewed_is_not_lost(centre: Centre) -> None:
    anna = await centre.agent("Anna", connected=False)
    tab = await centre.services.presence.connect(anna, "desk")
    facts = (await centre.services.board.read()).facts[anna.id]
    assert facts.status(centre.clock()) == "Available"
    centre.clock.advance(20)
    assert await centre.services.presence.renew(tab)
    centre.clock.advance(20)
    await assert_same(centre)
    assert (await centre.services.team.view(anna)).available == 1
    centre.clock.advance(20)
    await assert_same(centre)
    assert (await centre.services.team.view(anna)).offline == 1


async def test_of_the_team_no_change_is_passed_over_that_others_have_read(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    await assert_same(centre)
    for one in (anna, ben):
        await centre.services.presence.set(one, Presence.OFFLINE)
        await centre.services.board.read()
    await assert_same(centre)
    assert (await centre.services.team.view(anna)).offline == 2


async def test_what_was_missed_is_read_when_everybody_is_woken(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    await centre.services.board.read()
    async with centre.services.db.writing() as session:
        await agents.set_presence(session, anna.id, Presence.OFFLINE, None, centre.clock())
    centre.services.hub.wake_all()
    await assert_same(centre)


async def test_a_change_that_nobody_told_wakes_whom_it_concerns(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a process dies between its commit and its wake-up."""
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    await centre.services.board.read()
    async with centre.services.db.writing() as session:
        await agents.set_presence(session, anna.id, Presence.OFFLINE, None, centre.clock())
    monkeypatch.setattr(agent_state_cache, "ALL_SECONDS", 0.0)
    hub = centre.services.hub
    async with hub.subscribe(agent_topic(anna.id)) as annas, hub.subscribe(agent_topic(ben.id)) as bens:
        await centre.services.board.read()
        assert annas.take()
        assert not bens.take(), "woken for nothing"


async def test_after_a_failed_reading_the_next_one_makes_up_for_it(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await centre.agent("Anna")
    await centre.services.board.read()
    await centre.services.presence.set(anna, Presence.OFFLINE)
    with monkeypatch.context() as broken:
        broken.setattr(centre.services.units, "reading", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await centre.services.board.read()
    await assert_same(centre)


async def test_who_asks_while_it_is_being_read_waits_for_that(centre: Centre) -> None:
    """Whoever reads takes up what has changed; another one must not be given what was known before."""
    anna = await centre.agent("Anna")
    known = centre.services.board
    await known.read()
    await centre.services.presence.set(anna, Presence.NOT_READY, NotReadyReason.LUNCH)
    boards = await asyncio.gather(*(known.read() for _ in range(3)))
    assert [board.facts[anna.id].presence for board in boards] == [Presence.NOT_READY] * 3
