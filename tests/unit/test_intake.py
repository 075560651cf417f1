"""Notifications that come while the database is busy are applied together, and each as if it were alone."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import event

from callcenter.bootstrap import Services, network_numbers
from callcenter.core.call_termination import Endings
from callcenter.core.domain.calls import CallState
from callcenter.core.domain.events import Event
from callcenter.core.ports.media_server import Notification
from callcenter.core.store import calls
from callcenter.core.unit_of_work import UnitOfWork, When
from callcenter.core.webhook_batch import WebhookBatch
from callcenter.platform.errors import DatabaseUnavailable, Overloaded
from callcenter.room_events.notifications import GONE
from callcenter.room_events.room_observer import Observer
from callcenter.room_events.webhook_batcher import Intake
from tests.builders import Centre
from tests.fakes import FakeMedia
from tests.support.figures import transactions

POISON = "call_poison"


class Poisoned(Observer):
    async def apply(self, unit: UnitOfWork, seen: Notification, batch: WebhookBatch | None = None) -> None:
        await super().apply(unit, seen, batch)
        if seen.room.name == POISON:
            raise RuntimeError("half done, and then this")


def intake(services: Services, most_waiting: int = 100) -> Intake:
    """One that cannot apply what is about a certain room."""
    endings = Endings(services.settings, services.media, services.telephony)
    numbers = network_numbers(services.plan, services.settings.phone_region)
    observer = Poisoned(services.settings, services.media, endings, numbers)
    return Intake(services.units, services.media, observer, most_waiting)


@asynccontextmanager
async def busy_database(services: Services) -> AsyncIterator[None]:
    """Somebody else writes for as long as the block runs."""
    async with services.units.begin():
        yield


async def sent(centre: Centre, to: Intake, notifications: Sequence[Notification]) -> list[BaseException | None]:
    """All of them while the database is busy; what each was answered."""
    async with busy_database(centre.services):
        tasks = [asyncio.create_task(to.webhook(*centre.media.seal(one))) for one in notifications]
        await asyncio.sleep(0)
    return await asyncio.gather(*tasks, return_exceptions=True)


def arrivals(media: FakeMedia, rooms: Sequence[str]) -> list[Notification]:
    for number, room in enumerate(rooms):
        media.caller_joins(room, f"+4930555{number:03}")
    waiting, media.outbox = media.outbox, []
    return [one for one in waiting if one.kind == "participant_joined"]


async def test_many_share_a_transaction_and_a_decision(centre: Centre) -> None:
    people = [await centre.agent(f"Agent {number}") for number in range(3)]
    joined = arrivals(centre.media, [f"call_{number}" for number in range(12)])
    before = transactions()
    assert await sent(centre, intake(centre.services), joined) == [None] * 12
    assert transactions() - before <= 2, "that of the test, and all of them together when it is their turn"
    ringing = [(await centre.offer(person)).call_id for person in people]
    assert ringing == [(await centre.by_room(f"call_{number}")).id for number in range(3)], "in order of arrival"
    for number in range(12):
        call = await centre.by_room(f"call_{number}")
        assert await centre.events(call.id or 0) == ["created", "queued"] + ["offered"] * (number < 3)


async def test_those_that_are_answered_first_share_a_transaction_with_their_like(centre: Centre) -> None:
    """Whether the media server is waited for is decided when a transaction begins."""
    media, to = centre.media, centre.services.intake
    rooms = [f"call_{number}" for number in range(6)]
    for notification in arrivals(media, rooms):
        await centre.notify(notification)
    for room in rooms:
        media.leaves(room, next(iter(media.world[room].people)))
    waiting, media.outbox = media.outbox, []
    left = [one for one in waiting if one.kind == "participant_left"]
    before = transactions()
    async with busy_database(centre.services):
        tasks = [
            asyncio.create_task(to.webhook(*media.seal(one), answers_first=number < 3))
            for number, one in enumerate(left)
        ]
        await asyncio.sleep(0)
    assert await asyncio.gather(*tasks) == [None] * 6
    assert transactions() - before == 3, "that of the test, and one for each half"
    for room in rooms:
        assert (await centre.by_room(room)).state is CallState.ABANDONED
    async with asyncio.timeout(5):
        while len(media.requests("delete_room")) < 6:  # noqa: ASYNC110 (what is in the background says nothing)
            await asyncio.sleep(0)


async def test_a_doubled_one_beside_itself_counts_once(centre: Centre) -> None:
    joined = arrivals(centre.media, ["call_1", "call_2"])
    assert await sent(centre, intake(centre.services), joined * 3) == [None] * 6
    for room in ("call_1", "call_2"):
        assert await centre.events((await centre.by_room(room)).id or 0) == ["created", "queued"]


@pytest.mark.parametrize("seed", range(4))
async def test_a_life_in_any_order_in_one_transaction(centre: Centre, seed: int) -> None:
    print(f"seed {seed}")
    anna = await centre.agent("Anna")
    for room in ("call_1", "call_2"):
        centre.media.caller_joins(room)
        centre.media.publishes(room, "sip_+4915112345678")
        centre.media.agent_joins(room, await centre.name(anna, room))
        centre.media.leaves(room, "sip_+4915112345678")
        centre.media.leaves(room, await centre.name(anna, room))
        centre.media.closes(room)
    waiting, centre.media.outbox = centre.media.outbox, []
    random.Random(seed).shuffle(waiting)
    assert await sent(centre, intake(centre.services), waiting) == [None] * len(waiting)
    for room in ("call_1", "call_2"):
        assert (await centre.by_room(room)).state is CallState.ABANDONED
    assert (await centre.desk(anna)).status == "Available"


async def test_one_that_cannot_be_applied_takes_no_other_with_it(centre: Centre) -> None:
    rooms = ["call_1", "call_2", POISON, "call_3"]
    joined = arrivals(centre.media, rooms)
    answers = await sent(centre, intake(centre.services), joined)
    assert [type(one) for one in answers] == [type(None), type(None), RuntimeError, type(None)]
    for room in ("call_1", "call_2", "call_3"):
        assert await centre.events((await centre.by_room(room)).id or 0) == ["created", "queued"]
    async with centre.services.units.reading() as (session, _):
        assert await calls.by_room(session, POISON) is None, "half of it was kept"
    await centre.notify(*joined)
    assert (await centre.by_room(POISON)).state is CallState.QUEUED, "it may be sent again"


async def test_what_was_not_committed_can_be_sent_again(centre: Centre) -> None:
    joined = arrivals(centre.media, ["call_1", "call_2", "call_3"])
    handlers, centre.services.units.before_commit = centre.services.units.before_commit, [When((Event,), _unavailable)]
    answers = await sent(centre, centre.services.intake, joined)
    assert {type(one) for one in answers} == {DatabaseUnavailable}
    centre.services.units.before_commit = handlers
    assert await sent(centre, centre.services.intake, joined) == [None] * 3
    for number in (1, 2, 3):
        assert (await centre.by_room(f"call_{number}")).state is CallState.QUEUED


async def _unavailable(unit: object) -> None:
    raise DatabaseUnavailable()


async def test_no_more_wait_than_can_be_kept(centre: Centre) -> None:
    joined = arrivals(centre.media, [f"call_{number}" for number in range(5)])
    answers = await sent(centre, intake(centre.services, most_waiting=3), joined)
    assert [type(one) for one in answers] == [type(None)] * 4 + [Overloaded], "one at work, three that wait"
    await centre.notify(joined[-1])
    assert (await centre.by_room("call_4")).state is CallState.QUEUED


async def test_what_nobody_needs_waits_for_nobody(centre: Centre) -> None:
    centre.media.caller_joins("call_1")
    (begun,) = [one for one in centre.media.outbox if one.kind == "room_started"]
    async with busy_database(centre.services), asyncio.timeout(5):
        await centre.services.intake.webhook(*centre.media.seal(begun))


async def test_one_nobody_waits_for_any_more_is_applied_all_the_same(centre: Centre) -> None:
    joined = arrivals(centre.media, ["call_1", "call_2", "call_3"])
    async with busy_database(centre.services):
        tasks = [asyncio.create_task(centre.services.intake.webhook(*centre.media.seal(one))) for one in joined]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for number in (1, 2, 3):
        assert (await centre.by_room(f"call_{number}")).state is CallState.QUEUED


async def test_what_many_need_and_do_alike_takes_as_many_statements_as_for_one(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    rooms = [f"call_{number}" for number in range(20)]
    for number, room in enumerate(rooms):
        centre.media.caller_joins(room, f"+4930555{number:03}")
        centre.media.publishes(room, f"sip_+4930555{number:03}")
        centre.media.leaves(room, f"sip_+4930555{number:03}")
        centre.media.closes(room)
    waiting, centre.media.outbox = centre.media.outbox, []
    asked: list[str] = []
    event.listen(
        centre.services.db._writer.sync_engine, "before_cursor_execute", lambda *told: asked.append(str(told[2]))
    )
    for kind, most in (("participant_joined", 13), ("track_published", 6), ("participant_left", 17), (GONE, 6)):
        asked.clear()
        some = [one for one in waiting if one.kind == kind]
        assert len(some) == len(rooms)
        assert await sent(centre, centre.services.intake, some) == [None] * len(rooms)
        assert len(asked) <= most, asked
    for number, room in enumerate(rooms):
        call = await centre.by_room(room)
        assert call.state is CallState.ABANDONED
        rang = ["offered", "offer_withdrawn"] if number == 0 else []
        assert await centre.events(call.id or 0) == ["created", "queued", *rang, "ended"]
    assert (await centre.desk(anna)).status == "Available"
