"""What must hold once things have settled, whatever was done to the system before."""

from datetime import datetime, timedelta

from sqlmodel import col, select

from callcenter.cli.simulator import Caller
from callcenter.cli.simulator.leg import Leg
from callcenter.core.domain.agent_state import AgentState
from callcenter.core.domain.agents import AgentStatus
from callcenter.core.domain.calls import CallState, EndedBy
from callcenter.core.store import agent_facts, calls, offers, room_rights
from callcenter.core.tables import Call
from callcenter.core.tables import Leg as Stay
from tests.chaos.at_the_desk import AtTheDesk
from tests.chaos.program import Program
from tests.chaos.tones import TONES
from tests.chaos.world import World, hertz_of
from tests.consistency import assert_consistent


async def complaints(world: World) -> list[str]:
    """Everything that is not as it has to be; empty when all is well. Raises when the database cannot be asked."""
    rooms = await world.rooms()
    async with world.services.units.reading() as (session, _):
        now = _latest(world)
        open_calls = {call.livekit_room_name: call for call in await calls.open_calls(session)}
        names = {
            room: await room_rights.name(session, call.id or 0, call.agent_id or 0) for room, call in open_calls.items()
        }
        everyone = {one.username: one for one in (await agent_facts.facts(session, now)).values()}
        live_offers = await offers.live(session)
        legs = list((await session.execute(select(Stay).where(col(Stay.left_at).is_(None)))).scalars())
    found = _callers(world, open_calls)
    found += _rooms(world, rooms, open_calls, names, legs)
    found += [f"offer {offer.id} of call {offer.call_id} is still {offer.state}" for offer in live_offers]
    for agent in world.agents:
        found += _agent(agent, everyone[agent.username], now, open_calls)
    found += _all_served(world, open_calls)
    return found if world.deaf else found + _sound(world, open_calls)


def _latest(world: World) -> datetime:
    """The time by the clock that is furthest ahead: what is over for that host is over."""
    return world.services.clock() + timedelta(seconds=max(host.offset for host in world.hosts))


def _callers(world: World, open_calls: dict[str, Call]) -> list[str]:
    found = []
    for caller in world.live_callers:
        call = open_calls.get(caller.room_name)
        if call is None:
            found.append(f"{caller} is in a room without a call")
        elif call.state not in (CallState.CONNECTED, CallState.QUEUED):
            found.append(f"call {call.id} of {caller} is {call.state}")
    return found


def _rooms(
    world: World,
    rooms: dict[str, set[tuple[str, str]]],
    open_calls: dict[str, Call],
    names: dict[str, str],
    legs: list[Stay],
) -> list[str]:
    live = {caller.room_name: caller for caller in world.live_callers}
    found = [
        f"call {call.id} is {call.state} without a caller" for name, call in open_calls.items() if name not in live
    ]
    for name, people in rooms.items():
        if name not in live:
            found.append(f"a room without a caller: {sorted(identity for identity, _ in people)}")
            continue
        call = open_calls.get(name)
        expected = {live[name].identity} | ({names[name]} if call and call.agent_id else set())
        there = sorted(identity for identity, _ in people)
        if there != sorted(expected):
            found.append(f"in the room of call {call.id if call else 'none'} are {there}, not {sorted(expected)}")
        known = {leg.participant_sid for leg in legs if leg.room_name == name}
        if known != {sid for _, sid in people}:
            found.append(f"the record has {known} in the room of call {call.id if call else 'none'}, not {people}")
    return found


def _agent(agent: Program | AtTheDesk, seen: AgentState, now: datetime, open_calls: dict[str, Call]) -> list[str]:
    own = {call.id or 0 for call in open_calls.values() if call.agent_id == agent.id}
    found = []
    if agent.calls is not None and own != agent.calls:
        found.append(f"{agent.username} has {sorted(own)} and is in {sorted(agent.calls)}")
    if not own and seen.status(now) != agent.status:
        facts = f"{seen.presence}, {seen.work(now)[0]}, {seen.routable}, {seen.session(now)}"
        found.append(f"{agent.username} is {seen.status(now)} and not {agent.status}: {facts}")
    return found


def _all_served(world: World, open_calls: dict[str, Call]) -> list[str]:
    """Nobody waits while somebody is free."""
    engaged = {call.agent_id for call in open_calls.values()}
    ready = sum(agent.status == AgentStatus.AVAILABLE or agent.id in engaged for agent in world.agents)
    talking = sum(call.state is CallState.CONNECTED for call in open_calls.values())
    wanted = min(len(world.live_callers), ready)
    return [] if talking == wanted else [f"{talking} talk, {wanted} could"]


def _sound(world: World, open_calls: dict[str, Call]) -> list[str]:
    """Each hears who they talk with, and nobody else."""
    found = []
    by_id = {agent.id: agent for agent in world.agents}
    for caller in world.live_callers:
        call = open_calls.get(caller.room_name)
        agent = by_id.get(call.agent_id or 0) if call else None
        heard = caller.heard_tones(*TONES)
        if heard != ({agent.hertz} if agent else set()):
            found.append(f"{caller} hears {heard} and not {agent.hertz if agent else 'silence'} ({_tracks(caller)})")
        if agent and agent.heard(TONES) != [{hertz_of(caller)}]:
            tracks = [_tracks(ears) for ears in agent.ears.values()] if isinstance(agent, Program) else ""
            found.append(f"{agent.username} hears {agent.heard(TONES)}, not {hertz_of(caller)} ({tracks})")
    talking = {call.agent_id for call in open_calls.values()}
    for agent in world.agents:
        if agent.id not in talking and any(agent.heard(TONES)):
            found.append(f"{agent.username} hears {agent.heard(TONES)} without a call")
    return found


def _tracks(leg: Leg) -> str:
    """What there is to hear in the room, for whoever wonders why it is not heard."""
    others = leg.room.remote_participants.values()
    published = [track for other in others for track in other.track_publications.values()]
    subscribed = [track for track in published if track.subscribed]
    return f"{leg.level:.0f} dB, {len(published)} tracks, {len(subscribed)} subscribed, {leg.seconds_heard:.1f} s heard"


async def record_is_consistent(world: World) -> None:
    """Raises AssertionError. Holds at every moment, settled or not."""
    await assert_consistent(world.services, steady_clock=False)
    gone, world.gone = world.gone, []
    async with world.services.units.reading() as (session, _):
        for caller in gone:
            call = await calls.by_room(session, caller.room_name)
            _nobody_thrown_out(caller, call)


def _nobody_thrown_out(caller: Caller, call: Call | None) -> None:
    """Only an agent ends the call of a caller who is there."""
    if caller.ended_by == "other side":
        assert call is not None, f"{caller} was put out of a room without a call"
        facts = f"call {call.id} was ended by {call.ended_by}: {call.end_reason}"
        assert call.ended_by is EndedBy.AGENT, f"{caller} was put out although they were there; {facts}"
