"""A unit of work says what happens in it; the handlers named at the start are told before and after the commit."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import event

from callcenter.bootstrap import Services
from callcenter.core.after_commit import topics
from callcenter.core.domain import events
from callcenter.core.domain.agents import Presence, Routable
from callcenter.core.domain.call_outcomes import Ending
from callcenter.core.domain.calls import CallEventKind, CallState, EndedBy, EndReason
from callcenter.core.domain.events import (
    AgentEvent,
    AgentFreed,
    CallAnswered,
    CallConnected,
    CallEnded,
    CallEvent,
    CallOffered,
    CallQueued,
    CallStarted,
    Event,
    PresenceChanged,
    RoutableChanged,
    WrapUpEnded,
)
from callcenter.core.unit_of_work import Committed, UnitOfWork, When
from callcenter.event_stream.feed import Feed
from callcenter.platform.pubsub.change_bus import BOARD, CALLS, QUEUE, account_topic, agent_topic
from tests.builders import Centre

T = TypeVar("T")
NUMBER = "+4915112345678"


class Recorder:
    """Something that plugs in, such as a report or a webhook out: it notes what it is told, before and after."""

    def __init__(self, services: Services) -> None:
        self.before: list[Event] = []
        self.after: list[Event] = []
        services.units.before_commit = [*services.units.before_commit, When((Event,), self.note_before)]
        services.units.after_commit = [*services.units.after_commit, When((Event,), self.note_after)]

    async def note_before(self, unit: UnitOfWork) -> None:
        self.before += unit.events

    def note_after(self, done: Committed) -> None:
        self.after += done.events

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.after]


async def test_a_handler_is_given_a_whole_call_in_its_order(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    known = Recorder(centre.services)
    call_id = await centre.call_in(NUMBER, "call_whole")
    centre.clock.advance(4)
    await centre.answer(anna, call_id)
    centre.clock.advance(60)
    await centre.caller_hangs_up(call_id)
    await centre.services.presence.finish_wrap_up(anna)

    assert known.before == known.after
    assert known.kinds() == [
        "CallStarted",
        "CallQueued",
        "CallOffered",
        "CallAnswered",
        "CallConnected",
        "CallEnded",
        "AgentFreed",
        "WrapUpEnded",
    ]
    started, queued, offered, answered, connected, ended, freed, wrapped_up = known.after
    assert isinstance(started, CallStarted)
    assert (started.call.caller_id, started.call.room_name) == (NUMBER, "call_whole")
    assert [queued, offered, answered] == [
        CallQueued(call_id),
        CallOffered(call_id, anna.id),
        CallAnswered(call_id, anna.id),
    ]
    assert connected == CallConnected(call_id, anna.id, waited_seconds=4)
    hung_up = Ending(CallState.COMPLETED, EndedBy.CALLER, EndReason.HUNG_UP)
    assert ended == CallEnded(call_id, anna.id, ending=hung_up)
    assert [freed, wrapped_up] == [AgentFreed(anna.id), WrapUpEnded(anna.id)]
    assert await centre.events(call_id) == [one.kind.value for one in known.after if isinstance(one, CallEvent)]


async def test_a_call_that_is_missed_and_one_that_is_dialled_are_told_as_well(centre: Centre) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    known = Recorder(centre.services)
    call_id = await centre.call_in()
    await centre.later(centre.services.settings.ring_seconds + 1)
    calls = [one for one in known.after if isinstance(one, CallEvent) and one.call_id == call_id]
    assert [(one.kind.value, one.agent_id) for one in calls] == [
        ("created", None),
        ("queued", None),
        ("offered", anna.id),
        ("missed", anna.id),
        ("offered", ben.id),
    ]
    assert known.after.count(AgentFreed(anna.id)) == 1
    await centre.services.calls.decline(ben, call_id)
    known.after.clear()
    await centre.services.presence.set(ben, Presence.NOT_READY)
    dialled = await centre.dial(ben)
    await centre.services.calls.hang_up(ben, dialled)
    assert known.kinds() == ["PresenceChanged", "CallDialed", "CallEnded", "AgentFreed"]


async def test_no_agent_is_freed_twice_by_one_end(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()
    await centre.services.calls.answer(anna, call_id)
    known = Recorder(centre.services)
    await centre.caller_hangs_up(call_id)
    assert known.kinds() == ["OfferWithdrawn", "CallEnded", "AgentFreed"]


async def test_nothing_is_told_after_a_rollback(centre: Centre) -> None:
    anna = await centre.agent("Anna", available=False)
    known = Recorder(centre.services)

    async def fails() -> None:
        async with centre.services.units.begin() as unit:
            unit.record(PresenceChanged(anna.id, Presence.AVAILABLE))
            raise RuntimeError("the service fails")

    with pytest.raises(RuntimeError):
        await fails()
    assert (known.before, known.after) == ([], [])


async def test_a_handler_that_fails_before_the_commit_undoes_all_of_it(centre: Centre) -> None:
    anna = await centre.agent("Anna", available=False)
    known, told = Recorder(centre.services), list[str]()

    async def fails(unit: UnitOfWork) -> None:
        unit.after_commit(_noted(told, "effect"))
        raise RuntimeError("half done, and then this")

    centre.services.units.before_commit = [When((Event,), fails), *centre.services.units.before_commit]
    with pytest.raises(RuntimeError):
        await centre.services.presence.set(anna, Presence.AVAILABLE)
    assert (known.before, known.after, told) == ([], [], [])
    assert (await centre.desk(anna)).presence == "offline"


async def test_one_that_fails_after_the_commit_neither_undoes_nor_stops_the_others(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.call_in()

    def fails(_: Committed) -> None:
        raise RuntimeError("nobody is there to be told")

    centre.services.units.after_commit = [When((Event,), fails), *centre.services.units.after_commit]
    known = Recorder(centre.services)
    published = centre.services.hub.published(CALLS)
    with caplog.at_level(logging.ERROR, logger="callcenter.core.unit_of_work"):
        await centre.services.calls.answer(anna, call_id)
    assert "a handler failed after a commit" in caplog.text
    assert (await centre.call(call_id)).state is CallState.CONNECTING
    assert CallAnswered(call_id, anna.id) in known.after
    assert centre.services.hub.published(CALLS) == published + 1
    assert centre.media.requests("allow_talking"), "the effects of the transaction as well"


async def test_a_handler_before_the_commit_writes_records_and_asks_for_effects(centre: Centre) -> None:
    """As one that withdraws an agent from the routing when a call of theirs has ended would."""
    anna = await centre.agent("Anna")
    told = list[str]()

    async def rests(unit: UnitOfWork) -> None:
        for one in [one for one in unit.events if isinstance(one, CallEnded)]:
            unit.record(PresenceChanged(one.agent_id or 0, Presence.NOT_READY, by="rest"))
            unit.after_commit(_noted(told, f"call {one.call_id} has ended"))

    centre.services.units.before_commit = [When((CallEnded,), rests), *centre.services.units.before_commit]
    known = Recorder(centre.services)
    call_id = await centre.talk(anna)
    await centre.services.calls.hang_up(anna, call_id)
    assert told == [f"call {call_id} has ended"]
    rest = PresenceChanged(anna.id, Presence.NOT_READY, by="rest")
    assert rest in known.before, "those after it see what it has recorded"
    assert rest in known.after


async def test_a_handler_is_called_for_its_own_events_alone(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    told: list[Event] = []

    def note(done: Committed) -> None:
        told.extend(done.events)

    centre.services.units.after_commit = [When((CallEnded, WrapUpEnded), note)]
    call_id = await centre.talk(anna)
    await centre.services.presence.set_next(anna, Presence.NOT_READY)
    assert not told
    await centre.services.calls.hang_up(anna, call_id)
    assert [type(one).__name__ for one in told][:2] == ["CallEnded", "AgentFreed"], "with all that happened beside"
    told.clear()
    await centre.services.presence.finish_wrap_up(anna)
    assert told[0] == WrapUpEnded(anna.id)


async def test_what_changes_nothing_is_told_to_nobody(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    known = Recorder(centre.services)
    await centre.services.presence.set(anna, Presence.AVAILABLE)
    async with centre.services.units.begin():
        pass
    assert (known.before, known.after) == ([], [])


async def test_what_is_counted_is_what_was_committed(centre: Centre) -> None:
    await centre.agent("Anna")
    before = _counted("callcenter_calls_started_total", direction="Inbound")
    call_id = await centre.call_in()
    centre.services.units.before_commit = [When((CallQueued,), _raises)]
    with pytest.raises(RuntimeError):
        await centre.call_in("+4930555001")
    assert _counted("callcenter_calls_started_total", direction="Inbound") == before + 1
    assert call_id


@pytest.mark.parametrize(
    ("act", "most"),
    [
        ("ring", 10),
        ("answer", 5),
        ("decline", 11),
        ("hang up", 8),
        ("give up", 14),
        ("miss", 28),
        ("dial", 11),
        ("change status", 6),
    ],
)
async def test_events_cost_no_statement(centre: Centre, act: str, most: int) -> None:
    """As many as each took when services told each other by flags."""
    anna, known = await centre.agent("Anna"), centre.services
    rings = act not in ("ring", "dial", "change status")
    call_id = await centre.call_in(room="call_counted") if rings else 0
    if act == "hang up":
        await centre.answer(anna, call_id)
    asked: list[str] = []
    event.listen(known.db._writer.sync_engine, "before_cursor_execute", lambda *told: asked.append(str(told[2])))
    if act == "miss":
        centre.clock.advance(known.settings.ring_seconds + 1)
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "ring": lambda: centre.call_in(room="call_counted"),
        "answer": lambda: known.calls.answer(anna, call_id),
        "decline": lambda: known.calls.decline(anna, call_id),
        "hang up": lambda: known.calls.hang_up(anna, call_id),
        "give up": lambda: centre.caller_hangs_up(call_id),
        "miss": known.sweeper.run,
        "dial": lambda: known.calls.dial(anna, "030 1234567"),
        "change status": lambda: known.presence.set(anna, Presence.NOT_READY),
    }
    await acts[act]()
    assert 0 < len(asked) <= most, asked


async def test_a_dial_is_told_to_programs_without_being_read_and_as_if_it_were(centre: Centre) -> None:
    anna, known = await centre.agent("Anna"), centre.services
    knows, reads = known.feed, Feed(known.units, known.board)
    begins, beside = await knows.position(), await reads.position()
    asked: list[str] = []
    event.listen(known.db._reader.sync_engine, "before_cursor_execute", lambda *told: asked.append(str(told[2])))
    await known.calls.dial(anna, "030 1234567")
    asked.clear()
    told, _ = await knows.since(anna, begins, statuses=False)
    assert not asked
    read, _ = await reads.since(anna, beside, statuses=False)
    assert [(one.id, one.text) for one in told or ()] == [(one.id, one.text) for one in read or ()]
    assert [one.data["event"] for one in told or ()] == ["dialing"]


def test_every_kind_of_entry_in_the_log_of_calls_has_one_event() -> None:
    kinds = [one.kind for one in _all_of(CallEvent)]
    assert sorted(kinds) == sorted(set(CallEventKind) - {CallEventKind.TAKEN_OVER})


@pytest.mark.parametrize(
    ("happened", "woken"),
    [
        (CallQueued(1), {CALLS, QUEUE}),
        (CallOffered(1, 7), {CALLS, QUEUE, BOARD, agent_topic(7)}),
        (CallConnected(1, 7), {CALLS, BOARD, agent_topic(7)}),
        (RoutableChanged(7, Routable.OK), {BOARD, agent_topic(7)}),
        (events.SignInsEnded(7), {BOARD, agent_topic(7), account_topic(7)}),
        (events.DeadlinesChecked(), set()),
    ],
)
def test_those_are_woken_for_whom_something_has_changed(happened: Event, woken: set[str]) -> None:
    assert topics([happened]) == woken


def test_the_end_of_a_call_changes_the_list_of_those_who_wait_when_no_agent_had_it() -> None:
    gone = Ending(CallState.ABANDONED, EndedBy.CALLER, EndReason.CALLER_GAVE_UP)
    assert QUEUE in topics([CallEnded(1, ending=gone)])
    assert QUEUE not in topics([CallEnded(1, 7, ending=gone)])


def test_an_entry_in_the_log_of_agents_has_a_kind_of_its_own() -> None:
    kinds = [one.kind for one in _all_of(AgentEvent) if one.kind]
    assert len(kinds) == len(set(kinds))


def _all_of(kind: type[T]) -> list[type[T]]:
    """The classes below this one that say what they are."""
    found = [deeper for one in kind.__subclasses__() for deeper in (one, *_all_of(one))]
    return [one for one in found if "kind" in vars(one)]


def _noted(told: list[str], what: str) -> Callable[[], Awaitable[None]]:
    async def note() -> None:
        told.append(what)

    return note


async def _raises(_: UnitOfWork) -> None:
    raise RuntimeError("the disk is full")


def _counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0
