"""The services beside a model that says the rules in a few lines: after every step both know the same.

News come in the order in which they happen, some of them twice; for anything else see test_model_disorder.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from callcenter.core.domain.agents import Actor, Presence, Role
from callcenter.core.domain.calls import CallState
from tests.builders import LONG_LEASE, name_in
from tests.conftest import settings_for
from tests.support.databases import copy_of
from tests.support.fuzz import effort
from tests.support.machine import Stage, hire
from tests.support.model import Model, ModelAgent

PEOPLE = st.integers(0, 2)
ANY_ONE = st.integers(0, 9)
PRESENCES = st.sampled_from(list(Presence))
STEPS_OF_TIME = st.sampled_from([0.5, 1, 5, 10, 15, 20, 30, 31, 60, 120, 320])
MOST_CALLS = 5


class Beside(RuleBasedStateMachine):
    """Each rule does the same to both."""

    template = ""
    home = Path()
    people: tuple[Actor, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(self.template, self.home, settings_for)
        self.model = Model(self.stage.settings)
        for agent_id, one in self.stage.recorded().agents.items():
            self.model.agents[agent_id] = ModelAgent(agent_id, one.idle_since, one.idle_since)
        self.stage.clock.advance(3)
        self.rooms: dict[int, str] = {}
        self.desks: dict[int, str] = {}
        self.again = False

    @property
    def known(self) -> Any:
        return self.stage.services

    @property
    def now(self) -> Any:
        return self.stage.clock.now

    # Callers

    @rule()
    def a_caller_joins(self) -> None:
        if len(self.model.calls) < MOST_CALLS:
            room = f"call_{len(self.rooms)}"
            self.stage.media.caller_joins(room, f"+4930{len(self.rooms):04}")
            self._news()
            (call,) = [one for one in self.stage.recorded().calls if one.livekit_room_name == room]
            self.rooms[call.id or 0] = room
            self.model.joins(call.id or 0, self.now)

    @rule(which=ANY_ONE)
    def a_caller_leaves(self, which: int) -> None:
        if self.model.calls:
            call_id = sorted(self.model.calls)[which % len(self.model.calls)]
            room = self.stage.media.world[self.rooms[call_id]]
            self.stage.media.leaves(room.name, next(one.identity for one in room.people.values() if one.phone))
            self._news()
            self.model.ends(call_id, self.now)

    # Agents and calls

    @rule(which=ANY_ONE)
    def an_agent_answers(self, which: int) -> None:
        if (found := self._one(which, "offered")) is not None:
            actor, call_id = found
            self.stage.run(self.known.calls.answer(actor, call_id))
            self.model.answers(call_id, self.now)

    @rule(which=ANY_ONE)
    def an_agent_answers_and_speaks(self, which: int) -> None:
        if (found := self._one(which, "offered")) is not None:
            actor, call_id = found
            self.stage.run(self.known.calls.answer(actor, call_id))
            self.model.answers(call_id, self.now)
            self._speak(actor, call_id)

    @rule(which=ANY_ONE)
    def an_agent_speaks(self, which: int) -> None:
        if (found := self._one(which, "connecting")) is not None:
            self._speak(*found)

    @rule(which=ANY_ONE)
    def an_agent_declines(self, which: int) -> None:
        if (found := self._one(which, "offered")) is not None:
            actor, call_id = found
            self.stage.run(self.known.calls.decline(actor, call_id))
            self.model.declines(call_id, self.now)

    @rule(which=ANY_ONE, state=st.sampled_from(["connecting", "connected"]))
    def an_agent_hangs_up(self, which: int, state: str) -> None:
        if (found := self._one(which, state)) is not None:
            actor, call_id = found
            self.stage.run(self.known.calls.hang_up(actor, call_id))
            self.model.ends(call_id, self.now)

    @rule(who=PEOPLE, which=ANY_ONE, what=st.sampled_from(["answer", "decline", "hang_up"]))
    def somebody_wants_the_call_of_another(self, who: int, which: int, what: str) -> None:
        others = [call for call in self.model.calls.values() if call.agent != self.people[who].id]
        if others:
            call_id = others[which % len(others)].id
            assert self.stage.tries(getattr(self.known.calls, what)(self.people[who], call_id))

    # Agents

    @rule(who=PEOPLE)
    def a_desk_opens_or_closes(self, who: int) -> None:
        actor = self.people[who]
        if actor.id in self.desks:
            self.stage.run(self.known.presence.disconnect(self.desks.pop(actor.id)))
            self.model.closes_desk(actor.id, self.now)
        else:
            self.desks[actor.id] = self.stage.run(self.known.presence.connect(actor, "desk", LONG_LEASE))
            self.model.opens_desk(actor.id, self.now)

    @rule()
    def everybody_comes_to_work(self) -> None:
        for who, actor in enumerate(self.people):
            if actor.id not in self.desks:
                self.a_desk_opens_or_closes(who)
            self.chooses(who, Presence.AVAILABLE)

    @rule(who=PEOPLE, presence=PRESENCES)
    def chooses(self, who: int, presence: Presence) -> None:
        self.stage.run(self.known.presence.set(self.people[who], presence))
        self.model.chooses(self.people[who].id, presence, self.now)

    @rule(who=PEOPLE, presence=st.none() | PRESENCES)
    def chooses_for_afterwards(self, who: int, presence: Presence | None) -> None:
        self.stage.run(self.known.presence.set_next(self.people[who], presence))
        self.model.chooses_for_afterwards(self.people[who].id, presence, self.now)

    @rule(who=PEOPLE)
    def is_back_in_the_routing(self, who: int) -> None:
        self.stage.run(self.known.presence.clear_routable(self.people[who]))
        self.model.clears(self.people[who].id, self.now)

    @rule(who=PEOPLE)
    def finishes_wrap_up(self, who: int) -> None:
        self.stage.run(self.known.presence.finish_wrap_up(self.people[who]))
        self.model.finishes_wrap_up(self.people[who].id, self.now)

    # The system

    @rule(seconds=STEPS_OF_TIME)
    def time_passes(self, seconds: float) -> None:
        self.stage.clock.advance(seconds)
        self.stage.run(self.known.sweeper.run())
        self.model.time_has_passed(self.now)
        self._news()

    @rule()
    def the_system_looks_around(self) -> None:
        """Nothing is amiss, so nothing happens."""
        self.stage.run(self.known.reconciler.run())
        self.stage.run(self.known.sweeper.run())
        self._news()

    @rule()
    def the_process_dies(self) -> None:
        self.stage.restart()

    @rule(twice=st.booleans())
    def news_come_twice_from_now_on(self, twice: bool) -> None:
        self.again = twice

    # Both know the same

    @invariant()
    def both_know_the_same(self) -> None:
        found = self.stage.recorded()
        live = {offer.call_id: offer.agent_id for offer in found.offers if offer.decided_at is None}
        real = {one.id: (one.state.value, one.agent_id or live.get(one.id or 0)) for one in found.open}
        assert real == {one.id: (one.state, one.agent) for one in self.model.calls.values()}
        for agent_id, agent in self.model.agents.items():
            is_now = found.agents[agent_id]
            said = (is_now.presence, is_now.next_presence, is_now.routable, found.work(agent_id).value)
            assert said == (agent.presence, agent.afterwards, agent.routable, self.model.work(agent_id, self.now))
            assert is_now.idle_since == agent.idle_since, "idle for another time"
        order = [one.id for one in found.open if one.state in (CallState.QUEUED, CallState.OFFERED)]
        waiting = self.stage.run(self.known.desk.view(self.people[0])).waiting
        assert [one.id for one in waiting] == order, "callers are shown in another order than they came"

    def teardown(self) -> None:
        self.stage.close()

    def _one(self, which: int, state: str) -> tuple[Actor, int] | None:
        found = [call for call in self.model.calls.values() if call.state == state]
        if not found:
            return None
        call = found[which % len(found)]
        return next(one for one in self.people if one.id == call.agent), call.id

    def _speak(self, actor: Actor, call_id: int) -> None:
        room = self.rooms[call_id]
        name = self.stage.run(name_in(self.known, room, actor))
        if name not in self.stage.media.world[room].people:
            self.stage.media.agent_joins(room, name)
            self._news()
        self.stage.media.publishes(room, name)
        self._news()
        self.model.speaks(call_id)

    def _news(self) -> None:
        while coming := self.stage.media.outbox:
            self.stage.media.outbox = []
            for one in coming * 2 if self.again else coming:
                self.stage.run(self.known.intake.webhook(*self.stage.media.seal(one)))


@pytest.mark.once
def test_beside_a_model(migrated: str, tmp_path: Path) -> None:
    with copy_of(migrated, tmp_path) as template:
        people = tuple(hire(template, settings_for, Anna=Role.AGENT, Ben=Role.AGENT, Cem=Role.AGENT))
        centre = type("Centre", (Beside,), {"template": template, "home": tmp_path, "people": people})
        run_state_machine_as_test(centre, settings=effort(10, 30))
