"""What LiveKit has of trunks and rules beside what is declared: which changes would make them equal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from livekit import api
from livekit.protocol.sip import (
    SIPDispatchRule,
    SIPDispatchRuleIndividual,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPMediaConfig,
    SIPMediaEncryption,
    SIPOutboundTrunkInfo,
    SIPTransport,
)

from callcenter.telephony.plan import InboundLine, OutboundLine, TelephonyPlan

INBOUND = "callcenter-inbound"
OUTBOUND = "callcenter-outbound"
RULE = "callcenter"
ROOM_PREFIX = "call_"
NEW_TRUNK = "(the new inbound trunk)"
"""Stands for the id of a trunk that is still to be made."""

Item = SIPInboundTrunkInfo | SIPOutboundTrunkInfo | SIPDispatchRuleInfo


@dataclass(frozen=True)
class Found:
    """All that LiveKit has, ours and others'."""

    inbound: Sequence[SIPInboundTrunkInfo] = field(default=(), repr=False)
    outbound: Sequence[SIPOutboundTrunkInfo] = field(default=(), repr=False)
    rules: Sequence[SIPDispatchRuleInfo] = ()


@dataclass(frozen=True)
class FieldChange:
    """One field, in words; a password is never among them."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One request to LiveKit."""

    action: str
    """``create``, ``update`` or ``delete``."""
    kind: str
    """``inbound trunk``, ``outbound trunk`` or ``dispatch rule``."""
    name: str
    id: str = ""
    fields: tuple[FieldChange, ...] = ()
    before: Item | None = field(default=None, repr=False)
    after: Item | None = field(default=None, repr=False)


def changes(plan: TelephonyPlan, found: Found) -> list[Change]:
    """In the order in which they are safe: no call is let in by a rule or trunk that is to go.

    Of several of our name one is kept, the one our rule refers to, or the oldest.
    """
    rules = _ours(found.rules, RULE, ())
    inbound = _ours(found.inbound, INBOUND, {one for rule in rules[:1] for one in rule.trunk_ids})
    outbound = _ours(found.outbound, OUTBOUND, ())
    listed: list[Change] = []
    for kind, doubles in (
        ("dispatch rule", rules[1:]),
        ("inbound trunk", inbound[1:]),
        ("outbound trunk", outbound[1:]),
    ):
        listed += [_gone(kind, one) for one in doubles]
    if plan.inbound:
        trunk = inbound[0] if inbound else None
        listed += _made("inbound trunk", trunk, wanted_inbound(plan, plan.inbound))
        trunk_id = trunk.sip_trunk_id if trunk else NEW_TRUNK
        listed += _made("dispatch rule", rules[0] if rules else None, wanted_rule(trunk_id))
    if plan.outbound:
        listed += _made("outbound trunk", outbound[0] if outbound else None, wanted_outbound(plan, plan.outbound))
    if not plan.inbound:
        listed += [_gone("dispatch rule", one) for one in rules[:1]] + [
            _gone("inbound trunk", one) for one in inbound[:1]
        ]
    if not plan.outbound:
        listed += [_gone("outbound trunk", one) for one in outbound[:1]]
    return listed


def wanted_inbound(plan: TelephonyPlan, line: InboundLine) -> SIPInboundTrunkInfo:
    trunk = SIPInboundTrunkInfo(
        name=INBOUND,
        numbers=[one.number for one in plan.numbers],
        allowed_addresses=line.allowed_addresses,
        auth_username=line.user,
        auth_password=line.password,
        media=_media(line.codecs, line.encryption),
    )
    trunk.media.media_timeout.FromMilliseconds(round(line.media_timeout_seconds * 1000))
    trunk.ringing_timeout.FromMilliseconds(round(line.ring_seconds * 1000))
    return trunk


def wanted_outbound(plan: TelephonyPlan, line: OutboundLine) -> SIPOutboundTrunkInfo:
    return SIPOutboundTrunkInfo(
        name=OUTBOUND,
        numbers=[one.number for one in plan.numbers],
        address=line.address,
        transport=f"SIP_TRANSPORT_{line.transport.upper()}",
        auth_username=line.user,
        auth_password=line.password,
        media=_media(line.codecs, line.encryption),
    )


def wanted_rule(trunk_id: str) -> SIPDispatchRuleInfo:
    """One room for each caller. Bound to our trunk: without that it would take in who matches no trunk at all."""
    individual = SIPDispatchRuleIndividual(room_prefix=ROOM_PREFIX)
    rule = SIPDispatchRule(dispatch_rule_individual=individual)
    return SIPDispatchRuleInfo(name=RULE, rule=rule, trunk_ids=[trunk_id])


def described(item: Item) -> dict[str, str]:
    """What of it can be declared, in words, without passwords."""
    if isinstance(item, SIPDispatchRuleInfo):
        return _described_rule(item)
    media = item.media
    facts = {
        "numbers": ", ".join(item.numbers) or "any",
        "user": item.auth_username or "none",
        "password": "set" if item.auth_password else "none",
        "codecs": ", ".join(f"{one.name}" for one in media.codecs).lower() if media.only_listed_codecs else "all",
        "encryption": _encryption(media.encryption if media.HasField("encryption") else item.media_encryption),
        "headers": ", ".join(sorted(item.headers)) or "none",
    }
    if isinstance(item, SIPOutboundTrunkInfo):
        transport = SIPTransport.Name(item.transport).removeprefix("SIP_TRANSPORT_").lower()
        return {"address": item.address, "transport": transport} | facts
    return facts | {
        "allowed_addresses": ", ".join(item.allowed_addresses) or "any",
        "allowed_numbers": ", ".join(item.allowed_numbers) or "any",
        "media_timeout_seconds": _seconds(media.media_timeout.ToMilliseconds()),
        "ring_seconds": _seconds(item.ringing_timeout.ToMilliseconds()),
    }


def _described_rule(rule: SIPDispatchRuleInfo) -> dict[str, str]:
    kind = rule.rule.WhichOneof("rule") or "none"
    chosen: Any = getattr(rule.rule, kind, None)
    return {
        "kind": kind.removeprefix("dispatch_rule_"),
        "rooms": str(getattr(chosen, "room_prefix", "") or getattr(chosen, "room_name", "")),
        "pin": "set" if getattr(chosen, "pin", "") else "none",
        "trunks": ", ".join(rule.trunk_ids) or "any",
        "numbers": ", ".join([*rule.inbound_numbers, *rule.numbers]) or "any",
        "hides_numbers": "yes" if rule.hide_phone_number else "no",
    }


def item_id(item: Item) -> str:
    return item.sip_dispatch_rule_id if isinstance(item, SIPDispatchRuleInfo) else item.sip_trunk_id


def _ours(items: Iterable[Any], name: str, preferred: Iterable[str]) -> list[Any]:
    """Those of that name, the one to keep first."""
    known = set(preferred)
    mine = [one for one in items if one.name == name]
    return sorted(mine, key=lambda one: (item_id(one) not in known, one.created_at.ToNanoseconds(), item_id(one)))


def _gone(kind: str, item: Any) -> Change:
    return Change("delete", kind, item.name, item_id(item), before=item)


def _made(kind: str, before: Any, after: Any) -> list[Change]:
    new = described(after)
    if before is None:
        fields = tuple(FieldChange(name, "", value) for name, value in new.items())
        return [Change("create", kind, after.name, fields=fields, after=after)]
    old = described(before)
    if not isinstance(before, SIPDispatchRuleInfo) and before.auth_password != after.auth_password:
        new["password"] = "changed" if after.auth_password and before.auth_password else new["password"]
    fields = tuple(FieldChange(name, old.get(name, ""), value) for name, value in new.items() if old.get(name) != value)
    return [Change("update", kind, after.name, item_id(before), fields, before, after)] if fields else []


def _media(codecs: Sequence[str], encryption: str) -> SIPMediaConfig:
    return SIPMediaConfig(
        only_listed_codecs=bool(codecs),
        codecs=[api.SIPCodec(name=name.upper()) for name in codecs],
        encryption=f"SIP_MEDIA_ENCRYPT_{encryption.upper()}",
    )


def _encryption(value: Any) -> str:
    return SIPMediaEncryption.Name(value).removeprefix("SIP_MEDIA_ENCRYPT_").lower()


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g}"
