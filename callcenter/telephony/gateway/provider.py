"""A provider of one's own making: a gateway that is told by signed HTTP requests what to dial.

Its phones join LiveKit rooms with tokens of ours; its news come back by signed requests
(``telephony/gateway/service.py``).
The whole protocol is in docs/telephony-gateway.md.
"""

import asyncio
import json
import logging
import time
from typing import Any

import httpx

from callcenter.core.domain.calls import EndReason
from callcenter.core.ports.media_server import SIP_NUMBER, SIP_STATUS, LegStatus, Media
from callcenter.core.ports.telephony_provider import DialOrder, PhoneEvent, PhoneState, Report
from callcenter.platform.errors import MediaError
from callcenter.settings import Settings
from callcenter.telephony.gateway.signature import HEADER, sign

ANSWER_SECONDS = 4.0
ATTEMPTS = 2
GONE = frozenset({404, 410})
logger = logging.getLogger(__name__)


class WebhookGateway:
    """Made inside a running event loop; close() it there."""

    name = "webhook"
    leg_from_start = False

    def __init__(self, settings: Settings, media: Media) -> None:
        self._settings = settings
        self._media = media
        self._client = new_client()

    def can_dial(self) -> bool:
        return True

    async def dial(self, order: DialOrder, report: Report) -> None:
        """Returns when the gateway has taken the order. A second try carries the same id and is no second call."""
        wanted = self._order(order)
        failure = EndReason.LINE_DOWN
        for _ in range(ATTEMPTS):
            try:
                status = await self._post(wanted)
            except httpx.TimeoutException:
                failure = EndReason.LINE_SILENT
            except httpx.HTTPError:
                failure = EndReason.LINE_DOWN
            else:
                if status < 300:
                    return
                logger.warning("the telephony gateway refused to dial: HTTP %d", status)
                failure = EndReason.LINE_DOWN
                if status < 500:
                    break
        await report(PhoneEvent(order.room_name, PhoneState.FAILED, failure))

    async def hang_up(self, room_name: str) -> None:
        """Raises MediaError. The phone is put out of its room as well, which a gateway takes for the same."""
        try:
            status = await self._post({"action": "hang_up", "id": room_name})
        except httpx.HTTPError as error:
            raise MediaError("the telephony gateway does not answer") from error
        if status >= 300 and status not in GONE:
            raise MediaError(f"the telephony gateway refused to hang up: HTTP {status}")

    async def close(self) -> None:
        await self._client.aclose()

    def _order(self, order: DialOrder) -> dict[str, Any]:
        attributes = {SIP_NUMBER: order.number, SIP_STATUS: LegStatus.DIALING.value}
        return {
            "action": "dial",
            "id": order.room_name,
            "to": order.number,
            "from": order.caller_id,
            "ring_seconds": order.ring_seconds,
            "room": {
                "name": order.room_name,
                "url": self._settings.media_url,
                "identity": order.identity,
                "token": self._media.phone_token(order.room_name, order.identity, attributes),
            },
        }

    async def _post(self, what: dict[str, Any]) -> int:
        return await post(self._client, self._settings, what)


def new_client() -> httpx.AsyncClient:
    """Follows no redirects: what is sent holds a token."""
    return httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False)


async def post(client: httpx.AsyncClient, settings: Settings, what: dict[str, Any]) -> int:
    """Send the gateway something; returns the status of its answer. Raises httpx.HTTPError, and that in time.

    Each attempt is signed anew, so that it is not taken for a replay.
    """
    body = json.dumps(what).encode()
    signature = sign(body, settings.telephony_webhook_secrets[0], time.time())
    headers = {HEADER: signature, "Content-Type": "application/json"}
    try:
        # httpx's own limit is one between two pieces of an answer.
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await client.post(settings.telephony_webhook_url, content=body, headers=headers)
    except TimeoutError:
        raise httpx.ReadTimeout("the gateway's answer takes too long") from None
    return answer.status_code
