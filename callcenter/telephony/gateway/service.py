"""What a telephony gateway asks of us and tells us (TELEPHONY=webhook): callers it brings, news of phones it dials."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from callcenter.audit.domain import AuditAction
from callcenter.audit.service import record_rarely
from callcenter.core.domain.calls import CallDirection
from callcenter.core.domain.errors import CallOver, NumberInvalid
from callcenter.core.outbound_progress import Phones
from callcenter.core.phone_numbers import normalise
from callcenter.core.ports.media_server import SIP_CALL, SIP_DIALED, SIP_NUMBER, SIP_STATUS, LegStatus, Media
from callcenter.core.ports.telephony_provider import PhoneEvent
from callcenter.core.store import calls, processed_events
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.errors import NotFound
from callcenter.settings import Settings
from callcenter.telephony.errors import NumberUnknown, SeenBefore
from callcenter.telephony.gateway.signature import verify
from callcenter.telephony.plan import TelephonyPlan

GATEWAY_ROOM = "call_gw_"
"""Rooms of callers begin with ``call_``, whoever brings them."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class CallerRoom:
    """Where a gateway's caller goes."""

    room_name: str
    url: str
    token: str
    identity: str
    new: bool


class GatewayService:
    def __init__(
        self, settings: Settings, units: UnitOfWorkFactory, media: Media, plan: TelephonyPlan, phones: Phones
    ) -> None:
        self._settings = settings
        self._units = units
        self._media = media
        self._phones = phones
        self._numbers = frozenset(one.number for one in plan.numbers)

    def verify(self, body: bytes, signature: str) -> str:
        """What is remembered of a good signature. Raises NotFound without a gateway, NotSignedIn for a bad one."""
        if self._settings.telephony != "webhook":
            raise NotFound("no_gateway")
        return verify(signature, body, self._settings.telephony_webhook_secrets, self._units.clock().timestamp())

    async def call_in(self, proof: str, call_id: str, caller: str, dialed: str) -> CallerRoom:
        """A room for a caller. The call begins when they join it; asked again with the same id it is the same room.

        Raises SeenBefore, NumberUnknown, or CallOver when that call has ended.
        """
        dialed = self._as_declared(dialed)
        name = _fingerprint(call_id)
        known = dialed in self._numbers or not self._numbers
        async with self._units.begin() as unit:
            if not await processed_events.first_time(unit.session, f"gs_{proof[:60]}", unit.now):
                raise SeenBefore()
            if known:
                call = await calls.by_room(unit.session, GATEWAY_ROOM + name)
                if call is not None and call.ended_at is not None:
                    raise CallOver()
                new = await processed_events.first_time(unit.session, f"gc_{name}", unit.now)
            else:
                await record_rarely(unit, AuditAction.CALLER_REFUSED, dialed, MINUTE, rule=NumberUnknown.code)
        if not known:
            raise NumberUnknown()
        room_name, identity = GATEWAY_ROOM + name, f"phone_{name}"
        attributes = {
            SIP_NUMBER: caller,
            SIP_DIALED: dialed,
            SIP_STATUS: LegStatus.RINGING.value,
            SIP_CALL: call_id,
        }
        token = self._media.phone_token(room_name, identity, attributes)
        return CallerRoom(room_name, self._settings.media_url, token, identity, new)

    async def news(self, event_id: str, event: PhoneEvent) -> None:
        """Apply news of a dialled phone. Known ones are dropped. Raises NotFound for a call we did not ask for."""
        key = f"ge_{_fingerprint(event_id)}"
        async with self._units.reading() as (session, _):
            if await processed_events.known(session, key):
                return
            call = await calls.by_room(session, event.room_name)
        if call is None or call.direction is not CallDirection.OUTBOUND:
            raise NotFound("no_call")
        await self._phones.reported(event)
        # Only now: news that were remembered and then lost with the process would be lost for good.
        async with self._units.begin() as unit:
            await processed_events.first_time(unit.session, key, unit.now)

    def _as_declared(self, number: str) -> str:
        try:
            return normalise(number, self._settings.phone_region)
        except NumberInvalid:
            return number


def _fingerprint(text: str) -> str:
    """Names of the gateway's choice may be long and hold anything."""
    return hashlib.sha256(text.encode()).hexdigest()[:40]
