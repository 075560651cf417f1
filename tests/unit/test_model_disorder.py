"""Anything in any order: news lost, doubled and shuffled, requests that never arrive, processes that die.

Whatever happens the record contradicts itself at no moment; and when the disorder ends, all comes right by itself.
"""

from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from callcenter.core.domain.agents import Actor, NotReadyReason, Presence, Role, Work
from callcenter.core.domain.calls import DIALLED, WAITING, CallDirection, CallState, EndReason
from callcenter.core.ports.media_server import LegStatus
from tests.builders import LONG_LEASE, name_in
from tests.conftest import settings_for
from tests.consistency import assert_consistent
from tests.fakes import FakePhone
from tests.support.databases import copy_of
from tests.support.fuzz import effort
from tests.support.machine import Stage, hire

PEOPLE = st.integers(0, 2)
ANY_ONE = st.integers(0, 9)
"""Chosen among however many there are at that moment."""
ROOMS = ("call_0", "call_1", "call_2", "call_3")
PRESENCES = st.sampled_from(list(Presence))
REASONS = st.sampled_from([None, NotReadyReason.LUNCH])
STEPS_OF_TIME = st.sampled_from([1, 3, 6, 11, 21, 31, 60, 130, 310])
OUTCOMES = st.sampled_from([None, EndReason.BUSY, EndReason.NO_ANSWER, EndReason.LINE_DOWN])


class Disorder(RuleBasedStateMachine):
    """Its rules do not ask whether something makes sense just now."""

    template = ""
    home = Path()
    people: tuple[Actor, ...] = ()
    answered: ClassVar[list[int]] = []
    """The calls of all examples that an agent was connected to."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(self.template, self.home, settings_for)
        self.desks: list[str] = []
        self.delivered: list[Any] = []
        self.visits = 0

    @property
    def world(self) -> Any:
        return self.stage.media.world

    @property
    def known(self) -> Any:
        return self.stage.services

    # Agents

    @rule(who=PEOPLE)
    def opens_a_desk(self, who: int) -> None:
        self.desks.append(self.stage.run(self.known.presence.connect(self.people[who], "desk")))

    @rule(which=ANY_ONE)
    def closes_a_desk(self, which: int) -> None:
        if self.desks:
            self.stage.tries(self.known.presence.disconnect(self.desks[which % len(self.desks)]))

    @rule()
    def desks_are_alive(self) -> None:
        for desk in self.desks:
            self.stage.run(self.known.presence.renew(desk))

    @rule(who=PEOPLE, presence=PRESENCES, reason=REASONS)
    def chooses(self, who: int, presence: Presence, reason: NotReadyReason | None) -> None:
        self.stage.tries(self.known.presence.set(self.people[who], presence, reason))

    @rule(who=PEOPLE)
    def is_available(self, who: int) -> None:
        self.stage.tries(self.known.presence.set(self.people[who], Presence.AVAILABLE))

    @rule(who=PEOPLE, presence=st.none() | PRESENCES)
    def chooses_for_afterwards(self, who: int, presence: Presence | None) -> None:
        self.stage.tries(self.known.presence.set_next(self.people[who], presence))

    @rule(who=PEOPLE, what=st.sampled_from(["clear_routable", "report_device_error", "finish_wrap_up"]))
    def presses(self, who: int, what: str) -> None:
        self.stage.tries(getattr(self.known.presence, what)(self.people[who]))

    @rule(who=PEOPLE)
    def signs_out(self, who: int) -> None:
        self.stage.tries(self.known.auth.sign_out(self.people[who], "desk"))

    # Calls at the desk

    @rule(who=PEOPLE, call_id=st.integers(1, 6), what=st.sampled_from(["answer", "decline", "hang_up", "join_room"]))
    def clicks(self, who: int, call_id: int, what: str) -> None:
        self.stage.tries(getattr(self.known.calls, what)(self.people[who], call_id))

    @rule(what=st.sampled_from(["answer", "answer", "decline"]))
    def reacts_to_what_rings(self, what: str) -> None:
        for person in self.people:
            view = self.stage.run(self.known.desk.view(person))
            if view.offer.call_id:
                self.stage.tries(getattr(self.known.calls, what)(person, view.offer.call_id))
                return

    @rule(who=PEOPLE, room=ANY_ONE, may_talk=st.booleans())
    def sound_arrives(self, who: int, room: int, may_talk: bool) -> None:
        if name := self._room(room):
            person = self.stage.run(name_in(self.known, name, self.people[who]))
            self.stage.media.agent_joins(name, person, may_talk=may_talk)

    @rule(desired=st.booleans())
    def everybody_talks_who_may(self, desired: bool) -> None:
        for call in self.stage.recorded().open:
            one = next((one for one in self.people if one.id == call.agent_id), None)
            if one is None or call.livekit_room_name not in self.world:
                continue
            name = self.stage.run(name_in(self.known, call.livekit_room_name, one))
            if name not in self.world[call.livekit_room_name].people:
                self.stage.media.agent_joins(call.livekit_room_name, name, may_talk=desired)
            self.stage.media.publishes(call.livekit_room_name, name)

    # Callers

    @rule(room=st.sampled_from(ROOMS), number=st.sampled_from(["+4930111", "+4930222", ""]))
    def calls_in(self, room: str, number: str) -> None:
        self.visits += 1
        if room not in self.world:
            self.stage.media.caller_joins(f"{room}_{self.visits // 5}", number)

    @rule(room=ANY_ONE, person=ANY_ONE, silently=st.booleans(), abruptly=st.booleans())
    def leaves(self, room: int, person: int, silently: bool, abruptly: bool) -> None:
        name = self._room(room)
        if name and self.world[name].people:
            people = sorted(self.world[name].people)
            self.stage.media.leaves(name, people[person % len(people)], silently=silently, abruptly=abruptly)

    @rule(room=ANY_ONE)
    def room_closes(self, room: int) -> None:
        if name := self._room(room):
            self.stage.media.closes(name)

    # Dialling out

    @rule(who=PEOPLE)
    def dials(self, who: int) -> None:
        self.stage.tries(self.known.calls.dial(self.people[who], "030 1234567"))

    @rule(status=st.sampled_from([LegStatus.DIALING, LegStatus.RINGING, LegStatus.ACTIVE, LegStatus.HANGUP]))
    def phone_is_seen(self, status: LegStatus) -> None:
        if phone := self._phone():
            room = self.world.get(phone.order.room_name)
            if room and phone.order.identity in room.people:
                self.stage.media.sip_status(room.name, phone.order.identity, status)
            else:
                self.stage.media.callee_joins(phone.order, status)

    @rule(says=st.sampled_from(["rings", "answers", "refuses"]), why=OUTCOMES)
    def phone_says(self, says: str, why: EndReason | None) -> None:
        phone = self._phone()
        if phone is None:
            return

        async def say() -> None:
            if says == "rings":
                await phone.rings()
            elif says == "answers":
                phone.answers()
            else:
                phone.refuses(why, 486)

        self.stage.run(say())

    # News on their way

    @rule()
    def news_come(self) -> None:
        self._deliver(len(self.stage.media.outbox))

    @rule(which=ANY_ONE)
    def one_comes_first(self, which: int) -> None:
        if outbox := self.stage.media.outbox:
            outbox.insert(0, outbox.pop(which % len(outbox)))
            self._deliver(1)

    @rule(which=ANY_ONE)
    def one_comes_again(self, which: int) -> None:
        if self.delivered:
            again = self.delivered[-1 - which % len(self.delivered)]
            self.stage.run(self.known.intake.webhook(*self.stage.media.seal(again)))

    @rule(which=ANY_ONE)
    def one_is_lost(self, which: int) -> None:
        if outbox := self.stage.media.outbox:
            outbox.pop(which % len(outbox))

    @rule()
    def all_come_at_once(self) -> None:
        coming, self.stage.media.outbox = self.stage.media.outbox, []
        webhook, seal = self.known.intake.webhook, self.stage.media.seal
        self.stage.together(*(webhook(*seal(one)) for one in coming), self.known.sweeper.run())
        self.delivered += coming

    # The system

    @rule()
    def sweeps(self) -> None:
        self.stage.run(self.known.sweeper.run())

    @rule()
    def reconciles(self) -> None:
        self.stage.tries(self.known.reconciler.run())

    @rule(seconds=STEPS_OF_TIME)
    def time_passes(self, seconds: int) -> None:
        self.stage.clock.advance(seconds)

    @rule(down=st.booleans())
    def livekit_is_away(self, down: bool) -> None:
        self.stage.media.down = down

    @rule()
    def livekit_forgets_everything(self) -> None:
        self.stage.media.crashes()

    @rule()
    def the_process_dies(self) -> None:
        self.stage.restart()

    # What holds

    @invariant()
    def nothing_contradicts_itself(self) -> None:
        self.stage.run(assert_consistent(self.known))

    def teardown(self) -> None:
        try:
            self._ends_well()
        finally:
            self.stage.close()

    def _ends_well(self) -> None:
        """Nobody does anything more. What is true in the rooms is on record then, and everyone waits for no one."""
        self.stage.media.down = False
        self._settle(120)
        self._record_agrees_with_rooms()
        for person in self.people:
            self.stage.run(self.known.presence.connect(person, "desk", LONG_LEASE))
            self.stage.tries(self.known.presence.set(person, Presence.AVAILABLE))
        self._settle(0)
        found = self.stage.recorded()
        waiting = sum(call.state in WAITING for call in found.open)
        ringing = sum(found.work(one) is Work.RINGING for one in found.agents)
        idle = sum(found.work(one) is Work.IDLE for one in found.agents)
        assert not (idle and waiting > ringing), f"{waiting - ringing} wait although {idle} are free"
        for call in found.open:
            if call.agent_id:
                person = next(one for one in self.people if one.id == call.agent_id)
                self.stage.run(self.known.calls.hang_up(person, call.id))
        self._settle(48)
        for name in list(self.world):
            for one in list(self.world[name].people):
                self.stage.media.leaves(name, one)
            self.stage.media.closes(name)
        self._settle(24)
        found = self.stage.recorded()
        assert not found.open, f"still open: {found.open}"
        type(self).answered += [call.id or 0 for call in found.calls if call.answered_at is not None]
        assert {found.work(one) for one in found.agents} <= {Work.IDLE}

    def _settle(self, seconds: int) -> None:
        for _ in range(seconds // 12 + 1):
            self._deliver(len(self.stage.media.outbox))
            self.stage.run(self.known.reconciler.run())
            self.stage.run(self.known.sweeper.run())
            self._deliver(len(self.stage.media.outbox))
            self.stage.clock.advance(12 if seconds else 0)

    def _record_agrees_with_rooms(self) -> None:
        found = self.stage.recorded()
        rooms = {call.livekit_room_name: call for call in found.open}
        assert set(self.world) == set(rooms), "rooms and open calls differ"
        for name, call in rooms.items():
            phones = [one for one in self.world[name].people.values() if one.phone]
            assert phones, f"nobody is there to talk to in call {call.id}, which is {call.state}"
            if call.state is CallState.CONNECTED:
                person = next(one for one in self.people if one.id == call.agent_id)
                agent = self.stage.run(name_in(self.known, name, person))
                assert agent in self.world[name].people, f"call {call.id} is connected to somebody who is not there"
            else:
                assert call.direction is CallDirection.INBOUND, f"call {call.id} is dialled for ever: {call.state}"
                assert call.state not in DIALLED | {CallState.CONNECTING}

    def _deliver(self, count: int) -> None:
        outbox = self.stage.media.outbox
        coming, self.stage.media.outbox = outbox[:count], outbox[count:]
        for one in coming:
            self.stage.run(self.known.intake.webhook(*self.stage.media.seal(one)))
        self.delivered += coming

    def _room(self, which: int) -> str:
        return sorted(self.world)[which % len(self.world)] if self.world else ""

    def _phone(self) -> FakePhone | None:
        return next((one for one in self.stage.telephony.phones if not one.result.done()), None)


@pytest.mark.once
def test_disorder(migrated: str, tmp_path: Path) -> None:
    class InThisTest(Disorder):
        answered: ClassVar[list[int]] = []

    with copy_of(migrated, tmp_path) as template:
        InThisTest.template, InThisTest.home = template, tmp_path
        InThisTest.people = tuple(hire(template, settings_for, Anna=Role.AGENT, Ben=Role.AGENT, Cem=Role.AGENT))
        run_state_machine_as_test(InThisTest, settings=effort(12, 30))
        assert InThisTest.answered, "in no example an agent was connected to a call"
