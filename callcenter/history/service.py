"""Calls that were: pages by key, one call's timeline, and CSV."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from callcenter.core import phone_numbers
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import CallDirection, CallEventKind, CallState, CallStatus, call_status
from callcenter.core.phone_numbers import display
from callcenter.core.store import agents, call_events, calls
from callcenter.core.tables import Call
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.history import store as history_store
from callcenter.history.spreadsheet import BYTE_ORDER_MARK, lines, number_as_text
from callcenter.history.views import CallDetailView, CallEventView, CallRowView, HistoryPageView
from callcenter.platform.bounds import instant, whole_number
from callcenter.platform.errors import InvalidInput, NotFound
from callcenter.platform.formatting import iso
from callcenter.platform.overload.concurrency_limit import Gate
from callcenter.platform.overload.event_loop_lag import SEARCHES, Load
from callcenter.telephony.plan import TelephonyPlan, label_of

LARGEST_PAGE = 200
EXPORT_PAGE = 500
AT_ONCE = 4
"""Of the connections to the database, so that those who search never take the last ones from calls."""
WAITING = 200
PATIENCE_SECONDS = 5.0
EXPORT_PATIENCE_SECONDS = 60.0
"""Between two pieces of a file that somebody has begun to download."""
COLUMNS = (
    "id", "start_time", "direction", "caller_id", "agent_id", "agent_name", "status", "reason", "waited", "duration",
    "local_time",
)  # fmt: skip


@dataclass(frozen=True)
class HistoryFilter:
    """Instants are aware; empty words mean "any". ``agent_id`` is for supervisors."""

    since: datetime | None = None
    until: datetime | None = None
    direction: str = ""
    status: str = ""
    number: str = ""
    """A piece of one."""
    agent_id: int = 0
    party: str = ""
    """Exactly this number, as it is on record."""


class HistoryService:
    def __init__(self, units: UnitOfWorkFactory, plan: TelephonyPlan, load: Load, region: str) -> None:
        self._units = units
        self._region = region
        self._plan = plan
        self._gate = Gate("history", AT_ONCE, WAITING, PATIENCE_SECONDS, lambda: load.too_late_for(SEARCHES))

    async def page(self, actor: Actor, wanted: HistoryFilter, after: str = "", limit: int = 50) -> HistoryPageView:
        """Newest first. Agents see their own calls, supervisors all.

        Raises InvalidInput for an unknown word, and Overloaded.
        """
        criteria = _criteria(actor, wanted, self._region)
        size = max(1, min(limit, LARGEST_PAGE))
        async with self._gate.entered(), self._units.reading() as (session, _):
            found = await history_store.page(session, criteria, _read_key(after), size + 1)
            names = await agents.names(session, {call.agent_id for call in found if call.agent_id})
        rows = [_row(call, names) for call in found[:size]]
        return HistoryPageView(rows, _key(found[size - 1]) if len(found) > size else "")

    async def detail(self, actor: Actor, call_id: int) -> CallDetailView:
        """One call with its timeline. Raises NotFound for somebody else's, unless one supervises."""
        async with self._units.reading() as (session, _):
            call = await calls.by_id(session, call_id)
            events = await call_events.events(session, call_id) if call else []
            took_part = any(event.agent_id == actor.id for event in events)
            if call is None or not (actor.supervises or call.agent_id == actor.id or took_part):
                raise NotFound()
            people = {event.agent_id for event in events if event.agent_id} | {call.agent_id or 0}
            names = await agents.names(session, people)
        inbound = call.dialed_number if call.direction is CallDirection.INBOUND else ""
        end = next((event.detail for event in events if event.kind is CallEventKind.ENDED), {})
        return CallDetailView(
            call=_row(call, names),
            dialed_display=display(inbound) if inbound else "",
            dialed_label=label_of(self._plan, inbound),
            answered_at=iso(call.answered_at),
            ended_at=iso(call.ended_at),
            ended_by=call.ended_by or "",
            sip_code=int(end.get("sip_code", 0)),
            sip_phrase=str(end.get("sip_phrase", "")),
            timeline=[
                CallEventView(
                    id=event.id or 0,
                    at=iso(event.at),
                    kind=event.kind.value,
                    agent_name=names.get(event.agent_id or 0, ""),
                    detail=_detail(event.detail),
                    after_seconds=int((event.at - call.start_time).total_seconds()),
                )
                for event in events
            ],
        )

    async def csv(
        self,
        actor: Actor,
        wanted: HistoryFilter,
        zone: tzinfo = UTC,
        *,
        for_people: bool = False,
        heads: Sequence[str] = COLUMNS,
    ) -> AsyncIterator[str]:
        """The whole selection as CSV, piece by piece; every piece ends with a line.

        Whatever can be refused is refused before the first piece. Raises as ``page`` does. ``zone`` is the reader's.
        ``for_people``: in a spreadsheet, where numbers have to stay text. ``heads``: what stands above the columns.
        """
        criteria = _criteria(actor, wanted, self._region)
        head = (BYTE_ORDER_MARK if for_people else "") + lines([heads])
        after: tuple[datetime, int] | None = None
        patience = PATIENCE_SECONDS
        while True:
            async with self._gate.entered(patience), self._units.reading() as (session, _):
                found = await history_store.page(session, criteria, after, EXPORT_PAGE)
                names = await agents.names(session, {call.agent_id for call in found if call.agent_id})
            if head or found:
                yield head + lines([_csv_cells(call, names, zone, for_people=for_people) for call in found])
            if len(found) < EXPORT_PAGE:
                return
            after = (found[-1].start_time, found[-1].id or 0)
            patience, head = EXPORT_PATIENCE_SECONDS, ""


def _detail(facts: Mapping[str, Any]) -> str:
    """The telephone network's own answer where there is one, such as “486 Busy Here”; else our word for the reason."""
    if facts.get("sip_code"):
        return f"{facts['sip_code']} {facts.get('sip_phrase', '')}".strip()
    return str(facts.get("reason", ""))


def _criteria(actor: Actor, wanted: HistoryFilter, region: str) -> history_store.Criteria:
    try:
        direction = CallDirection(wanted.direction) if wanted.direction else None
        status = CallStatus(wanted.status) if wanted.status else None
    except ValueError as error:
        raise InvalidInput("unknown_filter", problem=f"{error}") from None
    states = frozenset(state for state in CallState if status is not None and call_status(state) is status)
    agent_id = (wanted.agent_id or None) if actor.supervises else actor.id
    # PostgreSQL takes no such character, and no number on record has one.
    party, pieces = wanted.party.replace("\0", ""), phone_numbers.pieces(wanted.number, region)
    return history_store.Criteria(wanted.since, wanted.until, direction, states, pieces, party, agent_id)


def _row(call: Call, names: dict[int, str]) -> CallRowView:
    waited_until = call.answered_at or call.ended_at
    return CallRowView(
        id=call.id or 0,
        agent_id=call.agent_id or 0,
        agent_name=names.get(call.agent_id or 0, ""),
        caller_id=call.caller_id,
        caller_display=display(call.caller_id),
        call_back=phone_numbers.call_back(call.caller_id, call.direction),
        direction=call.direction.value,
        status=call_status(call.state).value,
        reason=call.end_reason or "",
        start_time=iso(call.start_time),
        duration=call.duration,
        waited=int((waited_until - call.joined_at).total_seconds()) if waited_until else 0,
        room_name=call.livekit_room_name,
    )


def _key(call: Call) -> str:
    return base64.urlsafe_b64encode(f"{call.start_time.isoformat()} {call.id}".encode()).decode()


def _read_key(key: str) -> tuple[datetime, int] | None:
    if not key:
        return None
    try:
        at, call_id = base64.urlsafe_b64decode(key.encode()).decode().split(" ")
        if number := whole_number(call_id):
            return instant(datetime.fromisoformat(at)), number
        raise ValueError("no id")
    except ValueError:
        raise InvalidInput("no_such_page") from None


def _csv_cells(call: Call, names: dict[int, str], zone: tzinfo, *, for_people: bool) -> list[Any]:
    row = _row(call, names)
    cells = {column: getattr(row, column) for column in COLUMNS[:-1]}
    if for_people and row.caller_id:
        cells["caller_id"] = number_as_text(row.caller_display)
    return [*cells.values(), call.start_time.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")]
