"""What agents do, derived in the domain; and every statement that reads or filters by it, held to that."""

import random
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from callcenter.bootstrap import Services
from callcenter.core.domain.agent_state import OFFER_WORK, WORK, AgentState, Doing, Excluded, Shape, doing, shape
from callcenter.core.domain.agents import SYSTEM, AgentStatus, NotReadyReason, Presence, Role, Routable, Session, Work
from callcenter.core.domain.calls import (
    CLOSED,
    ENGAGED,
    ENGAGED_ORDER,
    LIVE_OFFER,
    LIVE_OFFER_ORDER,
    WAITING,
    CallDirection,
    CallState,
    OfferState,
)
from callcenter.core.store import agent_facts, agents, calls, connections, deadlines, offers
from callcenter.core.tables import Agent, Call, Connection, LoginSession, Offer
from callcenter.core.unit_of_work import UnitOfWork
from callcenter.routing import store as routing_store
from callcenter.workspace import store as workspace_store
from tests.builders import Centre
from tests.support.agent_states import agent_states

PEOPLE = 240
OF_THE_CALL = {Excluded.LET_IT_GO, Excluded.CHOSEN_FOR_ANOTHER}
"""What only routing itself says, about one call."""


class Generator:
    """Fills a centre with agents in any state, consistent or not, as far as the database lets it."""

    def __init__(self, unit: UnitOfWork, seed: int) -> None:
        self.unit, self.now = unit, unit.now
        self.chance = random.Random(seed)

    async def fill(self) -> None:
        people = [self._agent(number) for number in range(PEOPLE)]
        self.unit.session.add_all(people)
        await self.unit.session.flush()
        for one in people:
            self.unit.session.add_all(self._connections(one))
            self.unit.session.add_all(self._sign_ins(one))
            await self._call_and_offers(one)
        await self.unit.session.flush()

    def _at(self, *seconds: int) -> datetime:
        return self.now + timedelta(seconds=self.chance.choice(seconds))

    def _agent(self, number: int) -> Agent:
        presence = self.chance.choice([Presence.AVAILABLE] * 4 + list(Presence))
        return Agent(
            username=f"a{number}",
            hashed_password="",
            full_name=f"Agent {number}",
            role=self.chance.choice(list(Role)),
            livekit_identity=f"agent_a{number}",
            presence=presence,
            presence_reason=self.chance.choice([None, *NotReadyReason]) if presence is Presence.NOT_READY else None,
            presence_since=self._at(-9, -5),
            next_presence=self.chance.choice([None, None, *Presence]),
            routable=self.chance.choice([Routable.OK] * 4 + list(Routable)),
            routable_since=self._at(-9, -5),
            idle_since=self._at(0, -5, -5, -60),
            wrapup_until=self.chance.choice([None, None, self.now, self._at(-5, 1, 9)]),
            created_at=self.now,
            disabled_at=self.chance.choice([None] * 5 + [self.now]),
        )

    def _connections(self, one: Agent) -> Iterable[Connection]:
        return [
            Connection(
                id=f"desk_{one.id}_{number}",
                agent_id=one.id or 0,
                kind=self.chance.choice(["desk", "api"]),
                opened_at=self.now,
                lease_until=self._at(-5, 0, 1, 9, 9, 9),
                closed=self.chance.random() < 0.3,
            )
            for number in range(self.chance.choice([0, 1, 1, 1, 2, 3]))
        ]

    def _sign_ins(self, one: Agent) -> Iterable[LoginSession]:
        return [
            LoginSession(
                id=f"login_{one.id}_{number}",
                agent_id=one.id or 0,
                kind="desk",
                created_at=self.now,
                expires_at=self._at(-5, 0, 9),
                revoked_at=self.chance.choice([None, None, self.now]),
            )
            for number in range(self.chance.choice([0, 0, 0, 1, 2]))
        ]

    async def _call_and_offers(self, one: Agent) -> None:
        if self.chance.random() < 0.4:
            await self._call(self.chance.choice(list(CallState)), one)
        live = self.chance.random() < 0.3
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            await self._offer(self.chance.choice(sorted(set(OfferState) - LIVE_OFFER)), one)
        if live:
            await self._offer(self.chance.choice(sorted(LIVE_OFFER)), one)

    async def _call(self, state: CallState, holder: Agent | None) -> Call:
        began = self._at(-60, -9)
        call = Call(
            direction=self.chance.choice(list(CallDirection)),
            state=state,
            caller_id=f"+4930{self.chance.randrange(10**6)}",
            agent_id=holder.id if holder and state not in WAITING else None,
            answered_at=self.chance.choice([None, self.now - timedelta(seconds=5)]),
            livekit_room_name=f"call_{self.chance.getrandbits(64)}",
            start_time=began,
            joined_at=began,
            ended_at=self.now if state in CLOSED else None,
        )
        return await calls.add(self.unit.session, call)

    async def _offer(self, state: OfferState, to: Agent) -> None:
        call = await self._call(CallState.OFFERED, None)
        self.unit.session.add(
            Offer(
                call_id=call.id or 0,
                agent_id=to.id or 0,
                state=state,
                created_at=self._at(-9, -5),
                deadline=self._at(-1, 9),
                decided_at=None if state in LIVE_OFFER else self.now,
            )
        )


def assert_everything_was_reached(states: Iterable[AgentState], now: datetime) -> None:
    """A comparison of agents who are all alike would say nothing."""
    states = list(states)
    assert {one.work(now)[0] for one in states} == set(Work)
    assert {one.session(now) for one in states} == set(Session)
    assert {one.status(now) for one in states} == set(AgentStatus)
    assert {one.excluded(now) for one in states} == {None, *Excluded} - OF_THE_CALL
    assert {one.call_state for one in states} == {None, *ENGAGED}
    assert {one.offer_state for one in states} == {None, *LIVE_OFFER}
    assert {one.presence for one in states} == set(Presence)
    assert {one.routable for one in states} == set(Routable)


@pytest.mark.parametrize("seed", range(3))
async def test_every_statement_says_of_agents_what_the_domain_says(services: Services, seed: int) -> None:
    async with services.units.begin() as unit:
        await Generator(unit, seed).fill()
        session, now = unit.session, unit.now
        known = await agent_states(session, now)
        assert_everything_was_reached(known.values(), now)
        shown = {agent_id: _as_shown(one) for agent_id, one in known.items()}

        assert {one.id: one for one in await agent_facts.routed(session, now)} == known
        assert await agent_facts.facts(session, now) == shown
        some = sorted(known)[::7]
        assert await agent_facts.facts(session, now, some) == {agent_id: shown[agent_id] for agent_id in some}
        for agent_id in some:
            assert await agent_facts.one(session, agent_id, now) == shown[agent_id]
            assert await agent_facts.one(session, agent_id, now, hold=True) == shown[agent_id]
            assert workspace_store.state(await workspace_store.now(session, agent_id, "", now)) == shown[agent_id]
            account = await agent_facts.account(session, now, agent_id=agent_id)
            assert account is not None
            assert (account[0].id, account[1]) == (agent_id, shown[agent_id])
            assert await agent_facts.account(session, now, username=account[0].username) == account
            assert await connections.session_of(session, agent_id, now) is known[agent_id].session(now)
        assert await agent_facts.one(session, 10**6, now) is None


@pytest.mark.parametrize("seed", range(3))
async def test_every_filter_leaves_in_whom_the_domain_leaves_in(services: Services, seed: int) -> None:
    async with services.units.begin() as unit:
        await Generator(unit, seed).fill()
        session, now = unit.session, unit.now
        known = await agent_states(session, now, expired=True)
        assert_everything_was_reached(known.values(), now)

        free = await routing_store.free(session, now, PEOPLE)
        wanted = [one for one in known.values() if one.excluded(now) is None]
        assert [one.id for one in free] == [one.id for one in sorted(wanted, key=lambda one: (one.idle_since, one.id))]
        assert all(one.excluded(now) is None for one in free), "who was found free counts as free"

        rows = {one.id or 0: one for one in await agents.everyone(session, disabled=True)}
        chose = {agent_id for agent_id, row in rows.items() if row.next_presence is not None}
        due = {one.id or 0 for one in await agents.next_presence_due(session)}
        assert due == {agent_id for agent_id in chose if not _occupied(known[agent_id])}

        no_desk = {offer.agent_id for offer in await offers.without_desk(session, now)}
        rings = {one.id for one in known.values() if one.offer_state is OfferState.PENDING}
        assert no_desk == {one for one in rings if known[one].session(now) is not Session.CONNECTED}
        assert no_desk < rings, "both were reached"

        assert wanted
        assert "match" in await deadlines.due(session, now, now, now)
        for one in wanted:
            await agents.set_routable(session, one.id, Routable.MISSED, now)
        assert "match" not in await deadlines.due(session, now, now, now), "nobody is free any more"


async def test_the_list_of_accounts_says_of_agents_what_the_team_says(centre: Centre) -> None:
    anna, _ = await centre.agent("Anna"), await centre.agent("Ben")
    call_id = await centre.call_in()
    assert await centre.ringing_at(call_id, anna) == anna
    team = {one.username: one.status for one in (await centre.services.team.view(anna)).members}
    listed = {one.username: one.status for one in await centre.services.accounts.list_accounts(SYSTEM)}
    assert listed == team == {"anna": "Busy", "ben": "Available"}


def _as_shown(one: AgentState) -> AgentState:
    """Only what routing reads knows who may begin something new."""
    values = {name: getattr(one, name) for name in AgentState.__slots__}
    return AgentState(**(values | {"may_begin": True}))


def _occupied(one: AgentState) -> bool:
    return one.call_state is not None or one.offer_state is not None


def test_whoever_has_a_call_or_an_offer_is_at_work() -> None:
    assert set(WORK) == ENGAGED
    assert set(OFFER_WORK) == LIVE_OFFER
    assert {work for work in Work if work.has_call} == {*WORK.values(), *OFFER_WORK.values()}


def test_there_is_a_word_and_a_dot_for_everything_one_may_do() -> None:
    every = [
        (doing(presence, reason, work, routable, status), shape(work, status))
        for presence in Presence
        for reason in ("", *NotReadyReason)
        for work in Work
        for routable in Routable
        for status in AgentStatus
    ]
    assert {word for word, _ in every} == set(Doing)
    assert {dot for _, dot in every} == set(Shape)


async def test_the_indexes_are_those_of_the_states_that_the_domain_names(services: Services) -> None:
    """A state more needs a migration."""
    words = {
        "uq_call_agent_engaged": ENGAGED_ORDER,
        "uq_offer_agent_id_live": LIVE_OFFER_ORDER,
        "uq_offer_call_id_live": LIVE_OFFER_ORDER,
    }
    shared = services.db.is_shared
    table, column = ("pg_indexes", "indexdef") if shared else ("sqlite_master", "sql")
    query = text(f"SELECT {column} FROM {table} WHERE {'indexname' if shared else 'name'} = :name")
    async with services.units.reading() as (session, _):
        for name, states in words.items():
            definition = (await session.execute(query, {"name": name})).scalar_one()
            assert re.findall(r"'(\w+)'", definition) == [state.value for state in states]
