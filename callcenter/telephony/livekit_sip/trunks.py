"""Trunks and dispatch rules in LiveKit: what is there, and bringing it to what is declared."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from livekit import api
from livekit.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo, SIPOutboundTrunkInfo

from callcenter.core.livekit.api_client import livekit_api
from callcenter.platform.errors import Refusal
from callcenter.settings import Settings
from callcenter.telephony.livekit_sip.trunk_diff import NEW_TRUNK, Change, Found, Item, changes, item_id
from callcenter.telephony.plan import TelephonyPlan

T = TypeVar("T")
logger = logging.getLogger(__name__)


class LinesUnavailable(Refusal):
    """LiveKit cannot be asked about lines, or refuses a change; the text tells an operator why and what to do."""

    code, status = "lines_unavailable", 503
    default = "LiveKit cannot be asked about its telephone lines."

    def __init__(self, text: str = "") -> None:
        super().__init__("operator", text=text or self.default)

    def __str__(self) -> str:
        return str(self.parameters["text"])


class NoRedis(LinesUnavailable):
    code, default = (
        "no_redis",
        "LiveKit has no Redis, and without one it has no telephone lines. Set redis: address in its configuration "
        "(the same Redis as livekit-sip's) and restart it.",
    )


class WrongKey(LinesUnavailable):
    code, default = (
        "wrong_key",
        "LiveKit does not accept LIVEKIT_API_KEY with LIVEKIT_API_SECRET. Set them to a pair that is listed under "
        "keys: in its configuration.",
    )


class NotApplied(LinesUnavailable):
    """Some change failed. What had been changed before it was taken back, as far as that was possible."""

    code = "not_applied"


class Trunks:
    """Made inside a running event loop, one per use: ``async with Trunks(settings) as trunks``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._api = livekit_api(settings)

    async def __aenter__(self) -> "Trunks":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._api.aclose()

    async def found(self) -> Found:
        """All trunks and rules. Raises LinesUnavailable, NoRedis or WrongKey."""
        sip = self._api.sip
        inbound, outbound, rules = await asyncio.gather(
            self._ask(sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())),
            self._ask(sip.list_outbound_trunk(api.ListSIPOutboundTrunkRequest())),
            self._ask(sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())),
        )
        return Found(inbound.items, outbound.items, rules.items)

    async def apply(self, plan: TelephonyPlan) -> tuple[Change, ...]:
        """Make LiveKit equal to the plan; returns what was done, with the ids of what was created.

        Raises NotApplied when a change fails; then the old is in force again.
        """
        done: list[Change] = []
        try:
            for change in changes(plan, await self.found()):
                done.append(await self._carry_out(_with_trunk(change, done)))
        except LinesUnavailable as error:
            if not done:
                raise
            raise NotApplied(f"{error} {await self._take_back(done)}") from None
        return tuple(done)

    async def _carry_out(self, change: Change) -> Change:
        logger.info("telephone line: %s %s %s", change.action, change.kind, change.id)
        if change.action == "delete" and change.before is not None:
            await self._delete(change.before)
            return change
        if change.after is None:
            return change
        if change.action == "update":
            await self._replace(change.id, change.after)
            return change
        return replace(change, id=item_id(await self._create(change.after)))

    async def _take_back(self, done: list[Change]) -> str:
        """Undo, last first. Tells how far that came."""
        for change in reversed(done):
            try:
                if change.action == "update" and change.before is not None:
                    await self._replace(change.id, change.before)
                elif change.action == "create" and change.after is not None:
                    await self._delete(change.after, change.id)
                elif change.before is not None:
                    await self._create(_without_id(change.before))
            except LinesUnavailable:
                listed = "; ".join(f"{one.action} {one.kind} {one.name}" for one in done)
                return f"This was done before and could not be taken back: {listed}. Apply again when LiveKit answers."
        return "What had been changed before it is as it was. Apply again when that is mended."

    async def _create(self, item: Item) -> Item:
        sip = self._api.sip
        if isinstance(item, SIPInboundTrunkInfo):
            return await self._ask(sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=item)))
        if isinstance(item, SIPOutboundTrunkInfo):
            return await self._ask(sip.create_outbound_trunk(api.CreateSIPOutboundTrunkRequest(trunk=item)))
        return await self._ask(sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=item)))

    async def _replace(self, identity: str, item: Item) -> None:
        sip = self._api.sip
        if isinstance(item, SIPInboundTrunkInfo):
            await self._ask(sip.update_inbound_trunk(identity, item))
        elif isinstance(item, SIPOutboundTrunkInfo):
            await self._ask(sip.update_outbound_trunk(identity, item))
        else:
            await self._ask(sip.update_dispatch_rule(identity, item))

    async def _delete(self, item: Item, identity: str = "") -> None:
        identity = identity or item_id(item)
        if isinstance(item, SIPDispatchRuleInfo):
            request = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=identity)
            await self._ask(self._api.sip.delete_dispatch_rule(request))
        else:
            await self._ask(self._api.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=identity)))

    async def _ask(self, request: Awaitable[T]) -> T:
        try:
            return await request
        except api.ServerError as error:
            raise _refusal(error, self._settings.livekit_url) from None
        except (TimeoutError, aiohttp.ClientError):
            raise LinesUnavailable(
                f"LiveKit does not answer at {self._settings.livekit_url}. Is it running, and is LIVEKIT_URL right?"
            ) from None


def _refusal(error: api.ServerError, address: str) -> LinesUnavailable:
    if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return WrongKey()
    if "sip not connected" in error.message:
        return NoRedis()
    if not error.message:
        return LinesUnavailable(f"What answers at {address} is not LiveKit ({error.status}). Correct LIVEKIT_URL.")
    return LinesUnavailable(f"LiveKit refused: {error.message.strip().rstrip('.')}.")


def _with_trunk(change: Change, done: list[Change]) -> Change:
    """A rule for a trunk that has just been made, now that its id is known."""
    rule = change.after
    if not isinstance(rule, SIPDispatchRuleInfo) or NEW_TRUNK not in rule.trunk_ids:
        return change
    made = next(one.id for one in reversed(done) if isinstance(one.after, SIPInboundTrunkInfo))
    after = SIPDispatchRuleInfo()
    after.CopyFrom(rule)
    after.trunk_ids[:] = [made]
    fields = tuple(replace(one, after=made) if one.name == "trunks" else one for one in change.fields)
    return replace(change, after=after, fields=fields)


def _without_id(item: Any) -> Any:
    copy = type(item)()
    copy.CopyFrom(item)
    copy.ClearField("sip_dispatch_rule_id" if isinstance(item, SIPDispatchRuleInfo) else "sip_trunk_id")
    return copy
