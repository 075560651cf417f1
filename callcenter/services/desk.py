"""Everything one agent's desk shows, read in one go."""

from datetime import datetime, timedelta

from callcenter.domain.agents import Actor
from callcenter.domain.calls import CallState, LegRole, OfferState, call_status
from callcenter.domain.errors import NotSignedIn
from callcenter.services.numbers import display
from callcenter.services.retries import retried
from callcenter.services.telephony.plan import TelephonyPlan
from callcenter.services.unit import Units
from callcenter.services.views import (
    CurrentCallView,
    DeskView,
    EndedCallView,
    MeView,
    OfferView,
    TodayView,
    WaitingCallView,
    WithdrawnOfferView,
)
from callcenter.storage import agents, board, calls, history, offers
from callcenter.storage.database import Transaction
from callcenter.storage.models import Agent, Call, Offer

ENDED_SHOWN = timedelta(seconds=60)
WITHDRAWN_SHOWN = timedelta(seconds=10)
WAITING_SHOWN = 20


def iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def initials(name: str) -> str:
    words = name.split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else ""


def me(agent: Agent) -> MeView:
    return MeView(agent.id or 0, agent.username, agent.full_name, initials(agent.full_name), agent.role.value)


class DeskService:
    def __init__(self, units: Units, plan: TelephonyPlan, *, keys: bool) -> None:
        self._units = units
        self._plan = plan
        self._keys = keys

    @retried
    async def view(self, actor: Actor, connection_id: str = "") -> DeskView:
        """``connection_id``: the asking tab, which decides what ``media_tab`` says."""
        async with self._units.reading() as (session, now):
            agent = await agents.by_id(session, actor.id)
            if agent is None:
                raise NotSignedIn()
            current = await board.one(session, agent, now)
            return DeskView(
                me=me(agent),
                status=current.status.value,
                presence=agent.presence.value,
                presence_reason=agent.presence_reason or "",
                presence_since=iso(agent.presence_since),
                next_presence=agent.next_presence or "",
                next_presence_reason=agent.next_presence_reason or "",
                work=current.work.value,
                work_since=iso(current.work_since),
                routable=agent.routable.value,
                session=current.session.value,
                offer=await _offer(session, current.offer, now, self._plan),
                call=await _call(session, current.call, agent, self._plan),
                wrapup_until=iso(agent.wrapup_until) if current.work.value == "wrapup" else "",
                ended=await _ended(session, actor.id, now),
                withdrawn=await _withdrawn(session, actor.id, now),
                waiting=await _waiting(session),
                today=await _today(session, actor.id, now),
                media_tab=await _media_tab(session, agent, connection_id, now),
                telephone_keys=self._keys,
            )


def label_of(plan: TelephonyPlan, number: str) -> str:
    """What a number of the centre is called; empty for any other."""
    return next((one.label for one in plan.numbers if one.number == number), "")


async def _offer(session: Transaction, offer: Offer | None, now: datetime, plan: TelephonyPlan) -> OfferView:
    if offer is None or offer.state is not OfferState.PENDING:
        return OfferView()
    call = await calls.by_id(session, offer.call_id)
    if call is None:
        return OfferView()
    return OfferView(
        id=offer.id or 0,
        call_id=offer.call_id,
        caller_id=call.caller_id,
        caller_display=display(call.caller_id),
        dialed_display=display(call.dialed_number) if call.dialed_number else "",
        dialed_label=label_of(plan, call.dialed_number),
        waiting_since=iso(call.joined_at),
        offered_at=iso(offer.created_at),
        deadline=iso(offer.deadline),
        ring_seconds=round((offer.deadline - offer.created_at).total_seconds()),
        seconds_left=max(0, round((offer.deadline - now).total_seconds())),
    )


async def _call(session: Transaction, call: Call | None, agent: Agent, plan: TelephonyPlan) -> CurrentCallView:
    if call is None:
        return CurrentCallView()
    legs = await calls.present(session, call.livekit_room_name)
    here = any(leg.role is LegRole.AGENT and leg.identity == agent.livekit_identity for leg in legs)
    waited = int((call.answered_at - call.joined_at).total_seconds()) if call.answered_at else 0
    return CurrentCallView(
        id=call.id or 0,
        direction=call.direction.value,
        state=call.state.value,
        other_party=call.caller_id,
        other_party_display=display(call.caller_id),
        dialed_display=display(call.dialed_number) if call.dialed_number else "",
        dialed_label=label_of(plan, call.dialed_number),
        room_name=call.livekit_room_name,
        started_at=iso(call.start_time),
        answered_at=iso(call.answered_at),
        waited_seconds=waited,
        agent_here=here and call.agent_deadline is None,
    )


async def _ended(session: Transaction, agent_id: int, now: datetime) -> EndedCallView:
    call = await calls.last_ended(session, agent_id, now - ENDED_SHOWN)
    if call is None or call.ended_at is None:
        return EndedCallView()
    end = await calls.end_of(session, call.id or 0)
    return EndedCallView(
        id=call.id or 0,
        other_party_display=display(call.caller_id),
        direction=call.direction.value,
        status=call_status(call.state).value,
        reason=call.end_reason or "",
        ended_by=call.ended_by or "",
        ended_at=iso(call.ended_at),
        talk_seconds=call.duration,
        redial=call.caller_id,
        sip_code=int(end.get("sip_code", 0)),
        sip_phrase=str(end.get("sip_phrase", "")),
    )


async def _withdrawn(session: Transaction, agent_id: int, now: datetime) -> WithdrawnOfferView:
    offer = await offers.last_withdrawn(session, agent_id, now - WITHDRAWN_SHOWN)
    call = await calls.by_id(session, offer.call_id) if offer else None
    if offer is None or call is None:
        return WithdrawnOfferView()
    taken = offer.state is OfferState.CANCELED and call.agent_id not in (None, agent_id)
    return WithdrawnOfferView(
        id=offer.id or 0,
        call_id=offer.call_id,
        caller_display=display(call.caller_id),
        outcome="taken" if taken else offer.state.value,
        at=iso(offer.decided_at),
    )


async def _waiting(session: Transaction) -> list[WaitingCallView]:
    waiting = list(await calls.waiting(session))[:WAITING_SHOWN]
    asked = {offer.call_id: offer.agent_id for offer in await offers.live(session)} if waiting else {}
    names = await agents.names(session, asked.values())
    return [
        WaitingCallView(
            id=call.id or 0,
            caller_display=display(call.caller_id),
            state=call.state.value,
            waiting_since=iso(call.joined_at),
            offered_to=names.get(asked.get(call.id or 0, 0), "") if call.state is CallState.OFFERED else "",
        )
        for call in waiting
    ]


async def _today(session: Transaction, agent_id: int, now: datetime) -> TodayView:
    since = now - timedelta(hours=12)
    count, seconds = await history.today(session, agent_id, since)
    return TodayView(count, await offers.count_missed(session, agent_id, since), seconds // count if count else 0)


async def _media_tab(session: Transaction, agent: Agent, connection_id: str, now: datetime) -> str:
    if not agent.media_connection:
        return "none"
    if agent.media_connection == connection_id:
        return "here"
    open_now = await agents.connections(session, agent.id or 0, now)
    alive = any(one.id == agent.media_connection and not one.closed for one in open_now)
    return "elsewhere" if alive else "none"
