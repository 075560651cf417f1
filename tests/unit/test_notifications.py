"""Notifications are lost, doubled and shuffled; the end is always the same."""

import random

import pytest

from callcenter.core.domain.calls import CallState, EndReason
from callcenter.core.domain.events import Event
from callcenter.core.ports.media_server import Notification
from callcenter.core.unit_of_work import When
from callcenter.platform.errors import NotSignedIn
from tests.builders import Centre
from tests.consistency import assert_consistent

ROOM = "call_mangled"
SEEDS = range(8)


class Mangler:
    """Delivers what waits as a bad network would: some of it never, some twice, some much later, in any order."""

    def __init__(self, centre: Centre, seed: int) -> None:
        self._centre = centre
        self._chance = random.Random(seed)
        self._late: list[Notification] = []

    async def deliver(self) -> None:
        media, chance = self._centre.media, self._chance
        waiting, media.outbox = media.outbox, []
        now: list[Notification] = []
        for one in waiting + self._late:
            fate = chance.random()
            if fate < 0.3:
                continue
            (now if fate < 0.8 else self._late).append(one)
            if fate > 0.6:
                self._late.append(one)
        chance.shuffle(now)
        await self._centre.notify(*now)
        await assert_consistent(self._centre.services)

    async def deliver_the_rest(self) -> None:
        """Everything that was ever sent, again, in any order."""
        everything = self._late + self._centre.delivered
        self._chance.shuffle(everything)
        await self._centre.notify(*everything)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_whole_call(centre: Centre, seed: int) -> None:
    print(f"seed {seed}")
    mangler, media = Mangler(centre, seed), centre.media
    anna = await centre.agent("Anna")

    media.caller_joins(ROOM)
    media.publishes(ROOM, "sip_+4915112345678")
    await mangler.deliver()
    await centre.reconcile()
    call_id = (await centre.by_room(ROOM)).id or 0
    assert await centre.ringing_at(call_id, anna) == anna

    media.agent_joins(ROOM, await centre.name(anna, ROOM))
    await mangler.deliver()
    await centre.services.calls.answer(anna, call_id)
    media.publishes(ROOM, await centre.name(anna, ROOM))
    await mangler.deliver()
    await centre.reconcile()
    call = await centre.call(call_id)
    assert (call.state, call.agent_id) == (CallState.CONNECTED, anna.id)

    media.leaves(ROOM, await centre.name(anna, ROOM))
    await mangler.deliver()
    media.agent_joins(ROOM, await centre.name(anna, ROOM), may_talk=True)
    media.publishes(ROOM, await centre.name(anna, ROOM))
    await mangler.deliver()
    await centre.reconcile(seconds=24)
    await centre.services.sweeper.run()
    call = await centre.call(call_id)
    assert (call.state, call.agent_deadline) == (CallState.CONNECTED, None)
    assert (await centre.desk(anna)).call.agent_here

    media.leaves(ROOM, "sip_+4915112345678")
    await mangler.deliver()
    await centre.reconcile(seconds=15)
    await mangler.deliver_the_rest()
    await centre.reconcile(seconds=15)
    call = await centre.call(call_id)
    assert (call.state, call.end_reason) == (CallState.COMPLETED, EndReason.HUNG_UP)
    assert media.world == {}
    assert (await centre.desk(anna)).call.id == 0


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_caller_who_gives_up(centre: Centre, seed: int) -> None:
    print(f"seed {seed}")
    mangler = Mangler(centre, seed)
    anna = await centre.agent("Anna")
    centre.media.caller_joins(ROOM)
    await mangler.deliver()
    await centre.reconcile()
    centre.media.leaves(ROOM, "sip_+4915112345678")
    centre.media.closes(ROOM)
    await mangler.deliver()
    await centre.reconcile(seconds=15)
    await mangler.deliver_the_rest()
    await centre.reconcile(seconds=15)
    assert (await centre.by_room(ROOM)).state is CallState.ABANDONED
    desk = await centre.desk(anna)
    assert (desk.work, desk.routable) == ("idle", "ok")


@pytest.mark.parametrize("seed", range(6))
async def test_a_whole_life_in_any_order_ends(centre: Centre, seed: int) -> None:
    """All at once and shuffled, after it is over: no call stays open, and nothing rings."""
    anna = await centre.agent("Anna")
    centre.media.caller_joins(ROOM)
    centre.media.publishes(ROOM, "sip_+4915112345678")
    centre.media.leaves(ROOM, "sip_+4915112345678")
    centre.media.closes(ROOM)
    waiting, centre.media.outbox = centre.media.outbox, []
    random.Random(seed).shuffle(waiting)
    await centre.notify(*waiting)
    assert (await centre.by_room(ROOM)).state is CallState.ABANDONED, "a caller nobody heard of"
    assert (await centre.desk(anna)).status == "Available"


async def test_that_a_caller_left_is_enough_to_know_of_the_call(centre: Centre) -> None:
    centre.media.caller_joins(ROOM)
    centre.forget_notifications()
    centre.media.leaves(ROOM, "sip_+4915112345678")
    await centre.deliver()
    call = await centre.by_room(ROOM)
    assert (call.state, call.caller_id) == (CallState.ABANDONED, "+4915112345678")


async def test_a_notification_counts_once(centre: Centre) -> None:
    centre.media.caller_joins(ROOM)
    waiting, centre.media.outbox = centre.media.outbox, []
    for _ in range(3):
        await centre.notify(*waiting)
    call_id = (await centre.by_room(ROOM)).id or 0
    assert await centre.events(call_id) == ["created", "queued"]


async def test_what_is_not_sealed_is_refused(centre: Centre) -> None:
    centre.media.caller_joins(ROOM)
    body, _ = centre.media.seal(centre.media.outbox[-1])
    with pytest.raises(NotSignedIn):
        await centre.services.intake.webhook(body, "somebody-else")
    await centre.services.reconciler.run()


async def test_an_agent_alone_in_a_room_makes_no_call(centre: Centre) -> None:
    anna = await centre.agent("Anna")
    centre.media.agent_joins("call_of_nobody", await centre.name(anna, "call_of_nobody"), may_talk=True)
    centre.media.publishes("call_of_nobody", await centre.name(anna, "call_of_nobody"))
    centre.media.leaves("call_of_nobody", await centre.name(anna, "call_of_nobody"))
    centre.media.closes("call_of_nobody")
    await centre.deliver()
    assert (await centre.desk(anna)).call.id == 0


async def test_a_failed_notification_can_be_sent_again(centre: Centre) -> None:
    """What could not be stored is not remembered as applied."""
    centre.media.caller_joins(ROOM)
    (joined,) = [one for one in centre.media.outbox if one.kind == "participant_joined"]
    centre.forget_notifications()
    handlers, centre.services.units.before_commit = centre.services.units.before_commit, [When((Event,), _fails)]
    with pytest.raises(RuntimeError):
        await centre.notify(joined)
    centre.services.units.before_commit = handlers
    await centre.notify(joined)
    assert (await centre.by_room(ROOM)).state is CallState.QUEUED


async def _fails(unit: object) -> None:
    raise RuntimeError("the disk is full")
