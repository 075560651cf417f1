"""Rooms as they are on record: read for all of them at once, to be compared with what the media server shows."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from callcenter.core.domain.calls import OPEN, CallState, LegRole
from callcenter.core.store.calls import _IN_ROOMS
from callcenter.core.store.room_rights import NAME_OF_AGENT
from callcenter.core.tables import Agent, Call, Leg
from callcenter.platform.database.statements import FRESH

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


_NOTHING = select(literal(1)).subquery()


_STAY = (
    select(Call, Leg)
    .select_from(_NOTHING)
    .outerjoin(Call, Call.livekit_room_name == bindparam("room"))
    .outerjoin(Leg, Leg.participant_sid == bindparam("sid"))
    .execution_options(**FRESH)
)


_OF_ROOMS = select(Call).where(Call.livekit_room_name.in_(_IN_ROOMS)).execution_options(**FRESH)


_STAYS = select(Leg).where(Leg.room_name.in_(_IN_ROOMS)).execution_options(**FRESH)


async def stay(session: AsyncSession, room_name: str, participant_sid: str) -> tuple[Call | None, Leg | None]:
    """The call of a room, and what is known of one stay in it."""
    rows = await session.execute(_STAY, {"room": room_name, "sid": participant_sid})
    call, leg = rows.one()
    return call, leg


async def of_rooms(session: AsyncSession, room_names: Collection[str]) -> dict[str, tuple[Call | None, list[Leg]]]:
    """Of each room its call and every stay in it, in two statements."""
    names = {"rooms": list(room_names)}
    found: dict[str, tuple[Call | None, list[Leg]]] = {name: (None, []) for name in room_names}
    for call in (await session.execute(_OF_ROOMS, names)).scalars():
        found[call.livekit_room_name] = (call, [])
    for leg in (await session.execute(_STAYS, names)).scalars():
        found[leg.room_name][1].append(leg)
    return found
