"""Phones by way of livekit-sip and a carrier's trunk."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field

import aiohttp
from livekit import api
from livekit.api.twirp_client import TwirpErrorCode

from callcenter.core.domain.calls import EndReason
from callcenter.core.domain.sip_responses import reason_for
from callcenter.core.livekit.api_client import livekit_api
from callcenter.core.ports.media_server import Media
from callcenter.core.ports.telephony_provider import DialOrder, PhoneEvent, PhoneState, Report
from callcenter.platform.errors import MediaError
from callcenter.settings import Settings
from callcenter.telephony.plan import TelephonyPlan

OUTBOUND_TRUNK = "callcenter-outbound"
LOOK_SECONDS = 0.3
"""How often the leg of a phone that is being called is looked at: LiveKit sends no notification of its ringing."""
LONGEST_RINGING = 75
"""Seconds; livekit-server answers a request to dial after 80 at the latest."""
logger = logging.getLogger(__name__)


@dataclass
class _Dial:
    """A phone that this process is having called."""

    order: DialOrder
    report: Report
    rang: bool = False
    unwanted: bool = False
    over: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)


class LiveKitSip:
    name = "livekit"
    leg_from_start = True

    def __init__(self, settings: Settings, media: Media, plan: TelephonyPlan) -> None:
        self._settings = settings
        self._media = media
        self._plan = plan
        self._client: api.LiveKitAPI | None = None
        self._dials: dict[str, _Dial] = {}

    @property
    def _api(self) -> api.LiveKitAPI:
        if self._client is None:
            self._client = livekit_api(self._settings)
        return self._client

    def can_dial(self) -> bool:
        return bool(self._settings.livekit_sip_trunk_id) or self._plan.outbound is not None

    async def dial(self, order: DialOrder, report: Report) -> None:
        """Reports ringing, and then how it ended: answered, or why not. Raises MediaError when LiveKit is lost."""
        dial = self._dials[order.room_name] = _Dial(order, report)
        watching = asyncio.create_task(self._watch(dial))
        try:
            event = await self._call(dial)
        finally:
            dial.over = True
            dial.news.set()
            self._dials.pop(order.room_name, None)
            # Not canceled: it may be in the middle of a transaction.
            await asyncio.gather(watching, return_exceptions=True)
        if dial.unwanted:
            await self._media.delete_room(order.room_name)
        if event is not None:
            await report(event)

    async def hang_up(self, room_name: str) -> None:
        """A phone that comes in spite of it is put out of the room that it makes anew."""
        dial = self._dials.get(room_name)
        if dial is not None:
            dial.unwanted = True
            dial.news.set()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _call(self, dial: _Dial) -> PhoneEvent | None:
        room_name = dial.order.room_name
        try:
            trunk_id = await self._trunk()
            if not trunk_id:
                return PhoneEvent(room_name, PhoneState.FAILED, EndReason.NO_TRUNK)
            if dial.unwanted:
                return None
            await self._api.sip.create_sip_participant(_request(dial.order, trunk_id))
        except api.ServerError as error:
            return _failure(room_name, error, rang=dial.rang)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise MediaError("LiveKit does not answer") from error
        return PhoneEvent(room_name, PhoneState.ANSWERED)

    async def _trunk(self) -> str:
        """Looked for every time: an administrator may have made it anew."""
        if self._settings.livekit_sip_trunk_id:
            return self._settings.livekit_sip_trunk_id
        found = await self._api.sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())
        return next((trunk.sip_trunk_id for trunk in found.items if trunk.name == OUTBOUND_TRUNK), "")

    async def _watch(self, dial: _Dial) -> None:
        """Tell when the phone rings, and see that one that is not wanted any more goes, however late it comes."""
        while not dial.over:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(dial.news.wait(), LOOK_SECONDS if dial.unwanted or not dial.rang else None)
            dial.news.clear()
            if not dial.over:
                with contextlib.suppress(MediaError):
                    await self._look(dial)

    async def _look(self, dial: _Dial) -> None:
        people = await self._media.participants(dial.order.room_name)
        leg = next((one for one in people if one.identity == dial.order.identity), None)
        if leg is None:
            return
        if dial.unwanted:
            await self._media.delete_room(dial.order.room_name)
        elif leg.alerting and not dial.rang:
            dial.rang = True
            await dial.report(PhoneEvent(dial.order.room_name, PhoneState.RINGING))


def _request(order: DialOrder, trunk_id: str) -> api.CreateSIPParticipantRequest:
    request = api.CreateSIPParticipantRequest(
        sip_trunk_id=trunk_id,
        sip_call_to=order.number,
        sip_number=order.caller_id,
        room_name=order.room_name,
        participant_identity=order.identity,
        participant_name="Phone",
        wait_until_answered=True,
        play_dialtone=True,
    )
    request.ringing_timeout.FromSeconds(max(1, min(round(order.ring_seconds), LONGEST_RINGING)))
    return request


def _failure(room_name: str, error: api.ServerError, *, rang: bool) -> PhoneEvent:
    """What livekit-sip's refusal means."""
    code = error.sip_status_code if isinstance(error, api.SipCallError) else None
    if code:
        phrase = (error.sip_status or "") if isinstance(error, api.SipCallError) else ""
        return PhoneEvent(room_name, PhoneState.FAILED, reason_for(code), code, phrase)
    if error.code in (TwirpErrorCode.CANCELED, TwirpErrorCode.DEADLINE_EXCEEDED):
        reason = EndReason.NO_ANSWER if rang else EndReason.LINE_SILENT
    elif error.code == TwirpErrorCode.NOT_FOUND:
        reason = EndReason.NO_TRUNK
    else:
        reason = EndReason.LINE_DOWN
    logger.warning("livekit-sip did not reach a phone: %s", error.code)
    return PhoneEvent(room_name, PhoneState.FAILED, reason)
