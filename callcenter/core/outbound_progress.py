"""A dialled phone: having it called, and what news of it mean for its call."""

import logging
from datetime import datetime, timedelta

from callcenter.core.call_termination import Endings
from callcenter.core.domain.call_outcomes import DIAL_ENDINGS
from callcenter.core.domain.calls import CallDirection, CallState, EndReason, LegRole
from callcenter.core.domain.events import CallConnected, PhoneRings
from callcenter.core.domain.sip_responses import reason_for
from callcenter.core.ports.telephony_provider import DialOrder, PhoneEvent, PhoneState, Telephony
from callcenter.core.store import calls
from callcenter.core.store import legs as store_legs
from callcenter.core.tables import Call
from callcenter.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from callcenter.platform.database.retry import retried
from callcenter.platform.errors import MediaError
from callcenter.platform.formatting import printable
from callcenter.settings import Settings

RECORD_MARGIN = timedelta(seconds=2)
"""The provider stops the ringing and says how it ended; the record gives up a little later, when nobody said so."""
LONGEST_PHRASE = 120
logger = logging.getLogger(__name__)


class Phones:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory, telephony: Telephony, endings: Endings) -> None:
        self._settings = settings
        self._units = units
        self._telephony = telephony
        self._endings = endings

    def dial_deadline(self, now: datetime) -> datetime:
        """When the record gives up a call that begins now."""
        return now + timedelta(seconds=self._settings.dial_seconds) + RECORD_MARGIN

    def start(self, call_id: int, order: DialOrder) -> None:
        """Have the phone called; what comes of it is told by ``reported``."""
        self._units.in_background(self._dial(call_id, order))

    async def _dial(self, call_id: int, order: DialOrder) -> None:
        async with self._units.reading() as (session, _):
            call = await calls.by_id(session, call_id)
        if call is None or call.ended_at is not None:
            return
        try:
            await self._telephony.dial(order, self._told)
        except MediaError:
            if await self._is_called(call_id):
                logger.warning("lost sight of the phone of call %d", call_id)
                return
            logger.warning("nobody could be asked to dial for call %d", call_id)
        except Exception:
            logger.exception("dialling failed for call %d", call_id)
        else:
            return
        await self.reported(PhoneEvent(order.room_name, PhoneState.FAILED, EndReason.LINE_DOWN))

    async def _told(self, event: PhoneEvent) -> None:
        """For providers: a database that fails is no failure of the line. The phone's leg says it once more."""
        try:
            await self.reported(event)
        except Exception:
            logger.exception("what a dialled phone did could not be recorded")

    async def _is_called(self, call_id: int) -> bool:
        """The phone has been seen, so it goes on whoever else is lost: its leg will be seen again, or be missed."""
        async with self._units.reading() as (session, _):
            call = await calls.by_id(session, call_id)
            if call is None:
                return False
            legs = await store_legs.present(session, call.livekit_room_name)
        return call.state is CallState.RINGING or any(leg.role is LegRole.CALLEE for leg in legs)

    @retried
    async def reported(self, event: PhoneEvent) -> None:
        """Apply news of a dialled phone. Doubled and late ones are harmless: an end is never overwritten."""
        async with self._units.begin() as unit:
            call = await calls.by_room(unit.session, event.room_name)
            if call is None or call.direction is not CallDirection.OUTBOUND:
                return
            if call.ended_at is not None:
                if event.state is not PhoneState.FAILED:
                    # It was on its way when the call ended.
                    self._endings.put_down(unit, call)
            elif event.state is PhoneState.FAILED:
                await self._failed(unit, call, event)
            elif event.state is PhoneState.ANSWERED:
                await answered(unit, call, timedelta(seconds=self._settings.agent_return_seconds))
            else:
                await rings(unit, call)

    async def _failed(self, unit: UnitOfWork, call: Call, event: PhoneEvent) -> None:
        if not call.state.is_dialled:
            return
        reason = event.reason or reason_for(event.sip_code)
        ending = DIAL_ENDINGS.get(reason, DIAL_ENDINGS[EndReason.UNREACHABLE])
        await self._endings.end(unit, call, ending, event.sip_code, printable(event.sip_phrase)[:LONGEST_PHRASE])


async def rings(unit: UnitOfWork, call: Call) -> None:
    """The dialled phone rings. Harmless when that is known already."""
    if await calls.move(unit.session, call.id or 0, CallState.RINGING):
        unit.record(PhoneRings(call.id or 0, call.agent_id))


async def answered(unit: UnitOfWork, call: Call, patience: timedelta) -> None:
    """An outbound call's phone picked up: connected from now. Harmless when that is known already.

    An agent whose tab died while it rang has ``patience`` to come back, as in any call.
    """
    here = any(leg.role is LegRole.AGENT for leg in await store_legs.present(unit.session, call.livekit_room_name))
    if not await calls.move(
        unit.session,
        call.id or 0,
        CallState.CONNECTED,
        answered_at=unit.now,
        dial_deadline=None,
        agent_deadline=None if here else unit.now + patience,
    ):
        return
    unit.record(CallConnected(call.id or 0, call.agent_id))
