"""Rooms as they are on record: read for all of them at once, to be compared with what the media server shows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.domain.calls import OPEN, CallState, LegRole
from callcenter.storage.models import Agent, Call, Leg
from callcenter.storage.stays import NAME_OF_AGENT

AT_ONCE = 500
"""Names in one statement: databases limit them."""


@dataclass
class RoomOnRecord:
    """The call of a room. ``agent``: the name under which its agent is there, empty when it has none."""

    state: CallState
    room_sid: str
    agent: str
    agent_missed: bool
    """It is waited for the agent to come back."""
    inside: dict[str, LegRole] = field(default_factory=dict)
    """Who is there, by participant sid."""


async def on_record(session: AsyncSession, room_names: Iterable[str]) -> dict[str, RoomOnRecord]:
    """By name; a room without a call is not in it."""
    found: dict[str, RoomOnRecord] = {}
    for names in _parts(sorted(room_names)):
        query = select(Call.livekit_room_name, Call.state, Call.room_sid, NAME_OF_AGENT, Call.agent_deadline).outerjoin(
            Agent, Agent.id == Call.agent_id
        )
        for name, state, sid, agent, deadline in await session.execute(query.where(Call.livekit_room_name.in_(names))):
            found[name] = RoomOnRecord(state, sid, agent or "", deadline is not None)
        legs = select(Leg.room_name, Leg.participant_sid, Leg.role).where(
            Leg.room_name.in_(names), Leg.left_at.is_(None)
        )
        for name, sid, role in await session.execute(legs):
            if name in found:
                found[name].inside[sid] = role
    return found


async def of_open_calls(session: AsyncSession) -> set[str]:
    """The rooms of all calls that have not ended."""
    query = select(Call.livekit_room_name).where(Call.ended_at.is_(None), Call.state.in_(sorted(OPEN)))
    return set((await session.execute(query)).scalars())


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), AT_ONCE):
        yield names[start : start + AT_ONCE]
