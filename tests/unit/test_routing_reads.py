"""Routing reads little of the record, and decides as if it had read everything."""

import random
from datetime import timedelta

import pytest
from sqlmodel import col, select

from callcenter.bootstrap import Services
from callcenter.core.call_termination import Endings
from callcenter.core.domain.agents import Presence, Role, Routable
from callcenter.core.domain.calls import CallDirection, CallState, OfferState
from callcenter.core.tables import Agent, Call, Connection, Offer
from callcenter.core.unit_of_work import UnitOfWork
from callcenter.routing import service as routing_service
from callcenter.routing.service import Router


def router(services: Services) -> Router:
    return Router(services.settings, Endings(services.settings, services.media, services.telephony))


def agent(unit: UnitOfWork, chance: random.Random, number: int) -> Agent:
    return Agent(
        username=f"a{number}",
        hashed_password="",
        full_name=f"Agent {number}",
        role=Role.AGENT,
        livekit_identity=f"agent_a{number}",
        presence=chance.choice([Presence.AVAILABLE] * 4 + list(Presence)),
        routable=chance.choice([Routable.OK] * 4 + list(Routable)),
        presence_since=unit.now,
        routable_since=unit.now,
        idle_since=unit.now - timedelta(seconds=chance.choice([0, 5, 5, 60])),
        wrapup_until=chance.choice([None, None, unit.now, unit.now + timedelta(seconds=9)]),
        created_at=unit.now,
        disabled_at=chance.choice([None, None, None, unit.now]),
    )


def connection(unit: UnitOfWork, chance: random.Random, one: Agent) -> Connection:
    until = unit.now + timedelta(seconds=chance.choice([0, 9, 9, 9, -5]))
    return Connection(
        id=f"desk_{one.id}_{chance.random()}",
        agent_id=one.id or 0,
        kind="desk",
        opened_at=unit.now,
        lease_until=until,
        closed=chance.random() < 0.2,
    )


def call(unit: UnitOfWork, chance: random.Random, number: int, holder: Agent | None) -> Call:
    joined_at = unit.now - timedelta(seconds=chance.choice([1, 1, 30, 119, 121]))
    return Call(
        direction=CallDirection.INBOUND,
        state=CallState.CONNECTED if holder else CallState.QUEUED,
        agent_id=holder.id if holder else None,
        answered_at=unit.now if holder else None,
        livekit_room_name=f"call_{number}",
        start_time=joined_at,
        joined_at=joined_at,
        turn_away_at=chance.choice([None, joined_at + timedelta(seconds=120)]),
    )


def offer(unit: UnitOfWork, chance: random.Random, of: Call, to: Agent) -> Offer:
    at = unit.now - timedelta(seconds=chance.choice([1, 29, 31]))
    state = chance.choice([OfferState.DECLINED, OfferState.TIMEOUT, OfferState.CANCELED])
    return Offer(call_id=of.id or 0, agent_id=to.id or 0, state=state, created_at=at, deadline=at, decided_at=at)


async def fill(unit: UnitOfWork, chance: random.Random) -> list[Call]:
    """A centre in any state; returns the calls that wait."""
    people = [agent(unit, chance, number) for number in range(chance.randint(0, 9))]
    unit.session.add_all(people)
    await unit.session.flush()
    unit.session.add_all(connection(unit, chance, one) for one in people for _ in range(chance.choice([0, 1, 1, 2])))
    holders = [one for one in people if chance.random() < 0.2]
    waiting = [call(unit, chance, number, None) for number in range(chance.randint(1, 9))]
    unit.session.add_all([*waiting, *(call(unit, chance, 100 + (one.id or 0), one) for one in holders)])
    await unit.session.flush()
    unit.session.add_all(offer(unit, chance, one, to) for one in waiting for to in people if chance.random() < 0.3)
    await unit.session.flush()
    return waiting


@pytest.mark.parametrize("seed", range(25))
async def test_the_decision_is_that_of_a_full_reading(
    services: Services, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    monkeypatch.setattr(routing_service, "AT_ONCE", chance.choice([1, 2, 100]))
    lean = router(services)
    async with services.units.begin() as unit:
        waiting = [one.id or 0 for one in await fill(unit, chance)]
        wanted = {one: await lean.explain(unit.session, unit.now, one) for one in waiting}
        await lean.assign(unit)
        live = await unit.session.execute(select(Offer).where(col(Offer.state) == OfferState.PENDING))
        rings = {one.call_id: one.agent_id for one in live.scalars()}
    assert rings == {one: found.agent_id for one, found in wanted.items() if found and found.agent_id}
    async with services.units.reading() as (session, _):
        ended = (await session.execute(select(Call.id).where(col(Call.ended_at).is_not(None)))).scalars()
        turned_away = {one for one, found in wanted.items() if found and found.turn_away}
        if len(rings) < len(waiting) and routing_service.AT_ONCE == 100:
            assert set(ended) == turned_away
        else:
            assert set(ended) <= turned_away, "the rest is for the sweeper"
