"""Everything one agent's desk shows, read in one go."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from callcenter.core.agent_state_cache import Board, BoardNow
from callcenter.core.domain.agent_state import Waiting
from callcenter.core.domain.agents import Actor, Work
from callcenter.core.domain.calls import OfferState, call_status
from callcenter.core.phone_numbers import call_back, display
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.entry.views import me_view
from callcenter.platform.database.retry import retried
from callcenter.platform.errors import NotSignedIn
from callcenter.platform.formatting import iso
from callcenter.telephony.plan import TelephonyPlan, label_of
from callcenter.workspace import store as workspace_store
from callcenter.workspace.views import (
    CurrentCallView,
    DeskView,
    EndedCallView,
    OfferView,
    TodayView,
    WaitingCallView,
    WithdrawnOfferView,
)

ENDED_SHOWN = timedelta(seconds=60)
WITHDRAWN_SHOWN = timedelta(seconds=10)
TODAY = timedelta(hours=12)
WENT_AWAY = frozenset({OfferState.TIMEOUT, OfferState.RESCINDED, OfferState.CANCELED})


class DeskService:
    def __init__(self, units: UnitOfWorkFactory, plan: TelephonyPlan, board: BoardNow, *, keys: bool) -> None:
        self._units = units
        self._plan = plan
        self._board = board
        self._keys = keys

    async def view(self, actor: Actor, connection_id: str = "") -> DeskView:
        """``connection_id``: the asking tab, which decides what ``media_tab`` says."""
        view = await self._read(actor, connection_id)
        return replace(view, waiting=await self.waiting())

    async def watched(self, actor: Actor, connection_id: str, shown: DeskView) -> DeskView:
        """The same for a tab that has been shown ``shown``, without the waiting callers. Raises NotSignedIn when the
        sign-in is over. While it rings or a call is on, what is left of earlier calls is taken from ``shown``."""
        return await self._read(actor, connection_id, watches=True, shown=shown)

    async def waiting(self) -> list[WaitingCallView]:
        """The callers who have waited longest, read once for all desks."""
        board = await self._board.read()
        return [_waiting(one, board) for one in board.queue.first]

    @retried
    async def _read(
        self, actor: Actor, connection_id: str, *, watches: bool = False, shown: DeskView | None = None
    ) -> DeskView:
        async with self._units.reading() as (session, now):
            row = await workspace_store.now(session, actor.id, actor.login_session, now)
            if row is None or (watches and not row.login_lives):
                raise NotSignedIn()
            engaged = row.call_id is not None or row.offer_id is not None
            if shown is not None and shown.me.id == actor.id and engaged:
                return self._view(row, connection_id, now, shown.today, shown.ended, WithdrawnOfferView())
            left = await workspace_store.before(session, actor.id, now - TODAY, now - ENDED_SHOWN)
        return self._view(row, connection_id, now, _today(left), _ended(left), _withdrawn(left, actor.id, now))

    def _view(
        self,
        row: Any,
        connection_id: str,
        now: datetime,
        today: TodayView,
        ended: EndedCallView,
        withdrawn: WithdrawnOfferView,
    ) -> DeskView:
        state = workspace_store.state(row)
        work, work_since = state.work(now)
        return DeskView(
            me=me_view(row.id, row.username, row.full_name, row.role, row.language),
            status=state.status(now).value,
            presence=row.presence.value,
            presence_reason=row.presence_reason or "",
            presence_since=iso(row.presence_since),
            next_presence=row.next_presence or "",
            next_presence_reason=row.next_presence_reason or "",
            work=work.value,
            work_since=iso(work_since),
            routable=row.routable.value,
            session=state.session(now).value,
            offer=_offer(row, now, self._plan),
            call=_call(row, self._plan),
            wrapup_until=iso(row.wrapup_until) if work is Work.WRAPUP else "",
            ended=ended,
            withdrawn=withdrawn,
            today=today,
            media_tab=_media_tab(row, connection_id),
            telephone_keys=self._keys,
            sign_in_until=iso(row.login_until),
        )


def _offer(row: Any, now: datetime, plan: TelephonyPlan) -> OfferView:
    if row.offer_state is not OfferState.PENDING:
        return OfferView()
    return OfferView(
        id=row.offer_id,
        call_id=row.rung_id,
        caller_id=row.rung_party,
        caller_display=display(row.rung_party),
        dialed_display=display(row.rung_dialed) if row.rung_dialed else "",
        dialed_label=label_of(plan, row.rung_dialed),
        waiting_since=iso(row.rung_joined),
        offered_at=iso(row.offered_at),
        deadline=iso(row.offer_deadline),
        ring_seconds=round((row.offer_deadline - row.offered_at).total_seconds()),
        seconds_left=max(0, round((row.offer_deadline - now).total_seconds())),
    )


def _call(row: Any, plan: TelephonyPlan) -> CurrentCallView:
    if row.call_id is None:
        return CurrentCallView()
    waited = int((row.call_answered - row.call_joined).total_seconds()) if row.call_answered else 0
    return CurrentCallView(
        id=row.call_id,
        direction=row.call_direction.value,
        state=row.call_state.value,
        other_party=row.call_party,
        other_party_display=display(row.call_party),
        dialed_display=display(row.call_dialed) if row.call_dialed else "",
        dialed_label=label_of(plan, row.call_dialed),
        room_name=row.call_room,
        started_at=iso(row.call_began),
        answered_at=iso(row.call_answered),
        waited_seconds=waited,
        agent_here=bool(row.agent_here) and row.call_agent_deadline is None,
    )


def _ended(left: Any) -> EndedCallView:
    if left.ended_id is None:
        return EndedCallView()
    end = left.ended_end or {}
    return EndedCallView(
        id=left.ended_id,
        other_party=left.ended_caller_id,
        other_party_display=display(left.ended_caller_id),
        direction=left.ended_direction.value,
        status=call_status(left.ended_state).value,
        reason=left.ended_end_reason or "",
        ended_by=left.ended_ended_by or "",
        ended_at=iso(left.ended_ended_at),
        talk_seconds=left.ended_duration,
        redial=call_back(left.ended_caller_id, left.ended_direction),
        sip_code=int(end.get("sip_code", 0)),
        sip_phrase=str(end.get("sip_phrase", "")),
    )


def _withdrawn(left: Any, agent_id: int, now: datetime) -> WithdrawnOfferView:
    """The agent's latest offer, if it went away just now without being answered or declined."""
    at = left.last_decided_at
    if left.last_state not in WENT_AWAY or at is None or at < now - WITHDRAWN_SHOWN:
        return WithdrawnOfferView()
    taken = left.last_state is OfferState.CANCELED and left.last_taken_by not in (None, agent_id)
    return WithdrawnOfferView(
        id=left.last_id,
        call_id=left.last_call_id,
        caller_display=display(left.last_party),
        outcome="taken" if taken else left.last_state.value,
        at=iso(at),
    )


def _today(left: Any) -> TodayView:
    calls, seconds = left.today_calls, left.today_seconds
    return TodayView(calls, left.today_missed, seconds // calls if calls else 0)


def _media_tab(row: Any, connection_id: str) -> str:
    if not row.media_connection:
        return "none"
    if row.media_connection == connection_id:
        return "here"
    return "elsewhere" if row.sound_is_open else "none"


def _waiting(one: Waiting, board: Board) -> WaitingCallView:
    asked = board.facts.get(one.offered_to or 0)
    return WaitingCallView(
        id=one.id,
        caller_display=display(one.caller_id),
        state=one.state.value,
        waiting_since=iso(one.joined_at),
        offered_to=asked.full_name if asked and one.state.has_offer else "",
    )
