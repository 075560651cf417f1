"""What an agent chooses to be, and what a closed tab, a reload or a lost desk means."""

import asyncio

import pytest

from callcenter.core.domain.agents import Actor, NotReadyReason, Presence, Role
from callcenter.core.domain.calls import CallState
from callcenter.core.domain.errors import AgentBusy, CallOver, MediaElsewhere
from callcenter.platform.errors import InvalidInput, NotFound
from callcenter.platform.pubsub.change_bus import BOARD, agent_topic
from tests.builders import PASSWORD, Centre


async def status(centre: Centre, actor: Actor) -> str:
    (member,) = [one for one in (await centre.services.team.view(actor)).members if one.id == actor.id]
    assert member.status == (await centre.desk(actor)).status, "the board and the desk disagree"
    return member.status


async def open_tab(centre: Centre, name: str = "Anna") -> tuple[Actor, str]:
    """An available agent with one tab whose lease is like a real one's."""
    anna = await centre.agent(name, available=False, connected=False)
    tab = await centre.services.presence.connect(anna, "desk")
    await centre.services.presence.set(anna, Presence.AVAILABLE)
    return anna, tab


class TestPresence:
    async def test_what_others_see(self, centre: Centre) -> None:
        anna = await centre.agent("Anna", available=False)
        assert await status(centre, anna) == "Offline"
        await centre.services.presence.set(anna, Presence.AVAILABLE)
        assert await status(centre, anna) == "Available"
        await centre.services.presence.set(anna, Presence.NOT_READY, NotReadyReason.LUNCH)
        assert await status(centre, anna) == "Busy"
        assert (await centre.desk(anna)).presence_reason == "lunch"

    async def test_a_reason_belongs_to_not_ready(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        with pytest.raises(InvalidInput):
            await centre.services.presence.set(anna, Presence.OFFLINE, NotReadyReason.LUNCH)
        with pytest.raises(InvalidInput):
            await centre.services.presence.set_next(anna, Presence.AVAILABLE, NotReadyReason.LUNCH)

    async def test_leaving_available_passes_a_ringing_call_on(self, centre: Centre) -> None:
        anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
        call_id = await centre.call_in()
        await centre.services.presence.set(anna, Presence.NOT_READY, NotReadyReason.BREAK)
        assert await centre.ringing_at(call_id, anna, ben) == ben
        assert (await centre.desk(anna)).routable == "ok", "no miss"

    async def test_chosen_during_a_call_it_changes_nothing_in_the_call(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        await centre.services.presence.set(anna, Presence.NOT_READY)
        assert (await centre.call(call_id)).state is CallState.CONNECTED
        await centre.caller_hangs_up(call_id)
        await centre.later(31)
        assert await status(centre, anna) == "Busy"

    async def test_available_is_what_makes_it_ring(self, centre: Centre) -> None:
        anna = await centre.agent("Anna", available=False)
        call_id = await centre.call_in()
        assert await centre.ringing_at(call_id, anna) is None
        await centre.services.presence.set(anna, Presence.AVAILABLE)
        assert await centre.ringing_at(call_id, anna) == anna


class TestNextPresence:
    async def test_is_for_after_the_call(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        await centre.services.presence.set_next(anna, Presence.NOT_READY, NotReadyReason.LUNCH)
        desk = await centre.desk(anna)
        assert (desk.presence, desk.next_presence, desk.next_presence_reason) == ("available", "not_ready", "lunch")
        await centre.caller_hangs_up(call_id)
        desk = await centre.desk(anna)
        assert (desk.presence, desk.presence_reason, desk.next_presence) == ("not_ready", "lunch", "")

    async def test_can_be_taken_back(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        await centre.services.presence.set_next(anna, Presence.OFFLINE)
        await centre.services.presence.set_next(anna, None)
        await centre.caller_hangs_up(call_id)
        assert (await centre.desk(anna)).presence == "available"

    async def test_is_taken_back_by_choosing_what_one_is(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        await centre.talk(anna)
        await centre.services.presence.set_next(anna, Presence.OFFLINE)
        await centre.services.presence.set(anna, Presence.AVAILABLE)
        assert (await centre.desk(anna)).next_presence == ""

    @pytest.mark.parametrize("wraps_up", [False, True])
    async def test_counts_at_once_without_a_call(self, centre: Centre, wraps_up: bool) -> None:
        anna = await centre.agent("Anna")
        if wraps_up:
            await centre.services.calls.hang_up(anna, await centre.talk(anna))
        await centre.services.presence.set_next(anna, Presence.NOT_READY)
        desk = await centre.desk(anna)
        assert (desk.presence, desk.next_presence) == ("not_ready", "")

    @pytest.mark.parametrize("how", ["declined", "missed", "rescinded", "never connected", "tab closed"])
    async def test_chosen_while_it_rings_it_counts_when_no_call_comes_of_it(self, centre: Centre, how: str) -> None:
        anna, tab = await open_tab(centre)
        call_id = await centre.call_in()
        second = await centre.call_in("+493055502")
        await centre.services.presence.set_next(anna, Presence.NOT_READY, NotReadyReason.LUNCH)
        if how == "declined":
            await centre.services.calls.decline(anna, call_id)
        elif how == "missed":
            await centre.later(20)
        elif how == "rescinded":
            await centre.caller_hangs_up(call_id)
        elif how == "never connected":
            await centre.services.calls.answer(anna, call_id)
            await centre.later(5)
        else:
            await centre.services.presence.disconnect(tab)
        desk = await centre.desk(anna)
        assert (desk.presence, desk.presence_reason, desk.next_presence) == ("not_ready", "lunch", "")
        assert await centre.ringing_at(second, anna) is None


class TestSignOut:
    async def test_not_in_a_call(self, centre: Centre) -> None:
        await centre.agent("Anna")
        anna = (await centre.services.auth.sign_in("anna", PASSWORD, "127.0.0.1", "desk")).actor
        call_id = await centre.talk(anna)
        with pytest.raises(AgentBusy):
            await centre.services.auth.sign_out(anna, "desk")
        assert await status(centre, anna) == "Busy"
        await centre.services.calls.hang_up(anna, call_id)
        await centre.services.auth.sign_out(anna, "desk")
        desk = await centre.desk(anna)
        assert (desk.presence, desk.session) == ("offline", "lost")

    async def test_a_ringing_call_goes_on_to_the_next(self, centre: Centre) -> None:
        await centre.agent("Anna")
        ben = await centre.agent("Ben")
        anna = (await centre.services.auth.sign_in("anna", PASSWORD, "127.0.0.1", "desk")).actor
        call_id = await centre.call_in()
        await centre.services.auth.sign_out(anna, "desk")
        assert await centre.ringing_at(call_id, anna, ben) == ben


class TestTabs:
    async def test_closed_while_it_rings_the_call_goes_on_at_once(self, centre: Centre) -> None:
        anna, tab = await open_tab(centre)
        ben = await centre.agent("Ben")
        call_id = await centre.call_in()
        assert await centre.ringing_at(call_id, anna, ben) == anna
        await centre.services.presence.disconnect(tab)
        assert await centre.ringing_at(call_id, anna, ben) == ben
        assert (await centre.desk(anna)).routable == "ok", "no miss"

    async def test_with_a_second_tab_open_it_keeps_ringing(self, centre: Centre) -> None:
        anna, tab = await open_tab(centre)
        await centre.services.presence.connect(anna, "desk")
        call_id = await centre.call_in()
        await centre.services.presence.disconnect(tab)
        await centre.later(1)
        assert await centre.ringing_at(call_id, anna) == anna

    async def test_a_tab_that_died_silently_while_it_rings(self, centre: Centre) -> None:
        object.__setattr__(centre.services.settings, "ring_seconds", 60)
        anna, _ = await open_tab(centre)
        ben = await centre.agent("Ben")
        call_id = await centre.call_in()
        await centre.later(26)
        assert await centre.ringing_at(call_id, anna, ben) == ben

    async def test_closed_and_back_within_moments(self, centre: Centre) -> None:
        anna, tab = await open_tab(centre)
        await centre.services.presence.disconnect(tab)
        assert (await centre.desk(anna)).session == "grace"
        assert await status(centre, anna) == "Busy"
        centre.clock.advance(3)
        await centre.services.presence.connect(anna, "desk")
        assert await status(centre, anna) == "Available"

    async def test_closed_for_good(self, centre: Centre) -> None:
        anna, tab = await open_tab(centre)
        await centre.services.presence.disconnect(tab)
        await centre.later(15)
        assert await status(centre, anna) == "Offline"
        assert (await centre.desk(anna)).presence == "available", "forgotten too soon"
        await centre.later(301)
        assert (await centre.desk(anna)).presence == "offline"

    async def test_a_lost_agent_is_offered_nothing(self, centre: Centre) -> None:
        anna, tab = await open_tab(centre)
        await centre.services.presence.disconnect(tab)
        call_id = await centre.call_in()
        assert await centre.ringing_at(call_id, anna) is None
        await centre.services.presence.connect(anna, "desk")
        assert await centre.ringing_at(call_id, anna) == anna

    async def test_a_lease_is_renewed_and_runs_out(self, centre: Centre) -> None:
        anna, tab = await open_tab(centre)
        for _ in range(5):
            centre.clock.advance(20)
            assert await centre.services.presence.renew(tab)
        assert await status(centre, anna) == "Available"
        centre.clock.advance(26)
        assert await status(centre, anna) == "Offline"
        assert not await centre.services.presence.renew(tab), "whoever slept has to connect anew"

    async def test_a_closed_tab_is_not_renewed(self, centre: Centre) -> None:
        _, tab = await open_tab(centre)
        await centre.services.presence.disconnect(tab)
        assert not await centre.services.presence.renew(tab)

    async def test_the_board_is_woken_when_a_lease_or_a_grace_runs_out(self, centre: Centre) -> None:
        anna, tab = await open_tab(centre)
        await centre.services.sweeper.run()
        async with centre.services.hub.subscribe(BOARD) as changes:
            centre.clock.advance(26)
            await centre.services.sweeper.run()
            assert BOARD in await changes.wait(0)
            await centre.services.sweeper.run()
            assert not await changes.wait(0), "woken for nothing"
        assert await status(centre, anna) == "Offline"
        assert not await centre.services.presence.renew(tab)

    async def test_many_tabs_come_and_go(self, centre: Centre) -> None:
        anna, first = await open_tab(centre)
        tabs = await asyncio.gather(*(centre.services.presence.connect(anna, "desk") for _ in range(10)))
        await asyncio.gather(*(centre.services.presence.disconnect(tab) for tab in [first, *tabs[:-1]]))
        assert (await centre.desk(anna)).session == "connected"
        await centre.services.presence.disconnect(tabs[-1])
        assert (await centre.desk(anna)).session == "grace"


class TestReload:
    async def test_in_mid_call_the_call_is_kept(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        await centre.agent_drops_out(anna, call_id)
        assert not (await centre.desk(anna)).call.agent_here
        assert (await centre.call(call_id)).agent_deadline is not None
        centre.clock.advance(3)
        grant = await centre.services.calls.join_room(anna, call_id)
        assert grant.may_talk
        await centre.enter(anna, call_id)
        assert (await centre.call(call_id)).agent_deadline is None
        assert (await centre.desk(anna)).call.agent_here
        await centre.later(60)
        assert (await centre.call(call_id)).state is CallState.CONNECTED
        assert (await centre.events(call_id))[-2:] == ["agent_left", "agent_returned"]

    async def test_the_old_stay_ends_after_the_new_one_began(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        room = (await centre.call(call_id)).livekit_room_name
        centre.media.leaves(room, await centre.name(anna, room))
        late, centre.media.outbox = centre.media.outbox, []
        await centre.enter(anna, call_id)
        await centre.notify(*late)
        assert (await centre.call(call_id)).agent_deadline is None
        assert (await centre.desk(anna)).call.agent_here

    async def test_an_agent_who_does_not_come_back_is_replaced(self, centre: Centre) -> None:
        anna, tab = await open_tab(centre)
        ben = await centre.agent("Ben")
        first = await centre.call_in()
        joined_at = (await centre.call(first)).joined_at
        await centre.answer(anna, first)
        second = await centre.call_in("+493055502")
        await centre.services.calls.decline(ben, second)
        await centre.services.presence.disconnect(tab)
        await centre.agent_drops_out(anna, first)
        await centre.later(24)
        assert (await centre.call(first)).agent_id == anna.id
        await centre.later(1)
        call = await centre.call(first)
        assert call.joined_at == joined_at, "they keep their place"
        assert await centre.ringing_at(first, anna, ben) == ben
        centre.clock.advance(5)
        await centre.answer(ben, first)
        assert (await centre.desk(anna)).work == "idle"
        await centre.caller_hangs_up(first)
        assert (await centre.events(first))[-5:] == ["requeued", "offered", "answered", "connected", "ended"]

    async def test_a_desk_without_sound_is_not_offered_the_caller_it_lost(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        await centre.agent_drops_out(anna, call_id)
        await centre.later(26)
        assert (await centre.call(call_id)).state is CallState.QUEUED
        assert (await centre.desk(anna)).routable == "device_error"
        await centre.services.presence.clear_routable(anna)
        assert await centre.ringing_at(call_id, anna) == anna

    async def test_an_agent_who_comes_back_too_late_hears_nothing(self, centre: Centre) -> None:
        anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
        call_id = await centre.talk(anna)
        room = (await centre.call(call_id)).livekit_room_name
        before = await centre.name(anna, room)
        await centre.services.presence.set(anna, Presence.NOT_READY)
        await centre.agent_drops_out(anna, call_id)
        await centre.later(26)
        await centre.answer(ben, call_id)
        centre.media.agent_joins(room, before, may_talk=True)
        centre.media.publishes(room, before)
        await centre.deliver()
        assert before not in centre.media.world[room].people
        assert (await centre.call(call_id)).agent_id == ben.id


class TestDevices:
    async def test_without_a_microphone_no_calls(self, centre: Centre) -> None:
        anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
        call_id = await centre.call_in()
        await centre.services.presence.report_device_error(anna)
        assert await centre.ringing_at(call_id, anna, ben) == ben
        assert (await centre.desk(anna)).routable == "device_error"
        await centre.later(60)
        assert (await centre.desk(anna)).routable == "device_error", "a pause of seconds ended it"
        await centre.services.presence.clear_routable(anna)
        assert (await centre.desk(anna)).routable == "ok"

    async def test_an_error_reported_in_a_decline_pause_outlasts_it(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        await centre.services.calls.decline(anna, await centre.call_in())
        await centre.services.presence.report_device_error(anna)
        await centre.later(11)
        assert (await centre.desk(anna)).routable == "device_error"


class TestWrapUp:
    async def test_ends_when_the_agent_says_so(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        await centre.services.calls.hang_up(anna, await centre.talk(anna))
        waiting = await centre.call_in("+493055502")
        assert await centre.ringing_at(waiting, anna) is None
        await centre.services.presence.finish_wrap_up(anna)
        assert await centre.ringing_at(waiting, anna) == anna

    async def test_ends_by_itself(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        await centre.services.calls.hang_up(anna, await centre.talk(anna))
        waiting = await centre.call_in("+493055502")
        assert (await centre.desk(anna)).wrapup_until
        await centre.later(30)
        assert await centre.ringing_at(waiting, anna) == anna


class TestWhoHasTheSound:
    async def test_the_first_tab_that_asks(self, centre: Centre) -> None:
        anna, first = await open_tab(centre)
        second = await centre.services.presence.connect(anna, "desk")
        assert (await centre.desk(anna, first)).media_tab == "none"
        call_id = await centre.call_in()
        assert not (await centre.services.calls.join_room(anna, call_id, first)).may_talk
        assert (await centre.desk(anna, first)).media_tab == "here"
        assert (await centre.desk(anna, second)).media_tab == "elsewhere"
        with pytest.raises(MediaElsewhere):
            await centre.services.calls.join_room(anna, call_id, second)

    async def test_the_tab_that_answers(self, centre: Centre) -> None:
        anna, first = await open_tab(centre)
        second = await centre.services.presence.connect(anna, "desk")
        call_id = await centre.call_in()
        await centre.services.calls.join_room(anna, call_id, first)
        assert (await centre.services.calls.answer(anna, call_id, second)).may_talk
        assert (await centre.desk(anna, second)).media_tab == "here"
        assert (await centre.desk(anna, first)).media_tab == "elsewhere"

    async def test_the_last_one_that_answers(self, centre: Centre) -> None:
        """A click that comes when the call is on already: what is let into the room has the sound."""
        anna, first = await open_tab(centre)
        second = await centre.services.presence.connect(anna, "desk")
        call_id = await centre.talk(anna)
        assert (await centre.services.calls.answer(anna, call_id, first)).may_talk
        assert (await centre.services.calls.answer(anna, call_id, second)).may_talk
        assert (await centre.desk(anna, second)).media_tab == "here"
        assert (await centre.desk(anna, first)).media_tab == "elsewhere"

    async def test_another_takes_over(self, centre: Centre) -> None:
        anna, first = await open_tab(centre)
        second = await centre.services.presence.connect(anna, "desk")
        call_id = await centre.call_in()
        await centre.services.calls.answer(anna, call_id, first)
        async with centre.services.hub.subscribe(agent_topic(anna.id)) as changes:
            await centre.services.presence.take_over(anna, second)
            assert await changes.wait(0), "the other tab is not told"
        assert (await centre.desk(anna, second)).media_tab == "here"
        assert (await centre.services.calls.join_room(anna, call_id, second)).may_talk

    async def test_a_tab_that_closed_has_it_no_longer(self, centre: Centre) -> None:
        anna, first = await open_tab(centre)
        second = await centre.services.presence.connect(anna, "desk")
        call_id = await centre.call_in()
        await centre.services.calls.answer(anna, call_id, first)
        await centre.services.presence.disconnect(first)
        assert (await centre.desk(anna, second)).media_tab == "none"
        await centre.services.calls.join_room(anna, call_id, second)
        assert (await centre.desk(anna, second)).media_tab == "here"

    async def test_nobody_takes_it_for_somebody_else(self, centre: Centre) -> None:
        anna, _ = await open_tab(centre)
        ben, tab_of_ben = await open_tab(centre, "Ben")
        with pytest.raises(NotFound):
            await centre.services.presence.take_over(anna, tab_of_ben)
        assert (await centre.desk(ben, tab_of_ben)).media_tab == "none"


class TestWhoMayJoin:
    async def test_whoever_it_rings_at_silently(self, centre: Centre) -> None:
        anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
        call_id = await centre.call_in()
        grant = await centre.services.calls.join_room(anna, call_id)
        assert not grant.may_talk
        assert grant.token.endswith("silent")
        with pytest.raises(NotFound):
            await centre.services.calls.join_room(ben, call_id)

    async def test_not_a_supervisor_either(self, centre: Centre) -> None:
        anna, sam = await centre.agent("Anna"), await centre.agent("Sam", Role.SUPERVISOR, available=False)
        call_id = await centre.talk(anna)
        with pytest.raises(NotFound):
            await centre.services.calls.join_room(sam, call_id)

    async def test_nobody_when_it_is_over(self, centre: Centre) -> None:
        anna = await centre.agent("Anna")
        call_id = await centre.talk(anna)
        await centre.services.calls.hang_up(anna, call_id)
        with pytest.raises(CallOver):
            await centre.services.calls.join_room(anna, call_id)
