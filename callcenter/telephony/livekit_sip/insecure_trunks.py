"""What others have left in LiveKit by which strangers come in."""

from collections.abc import Iterable
from ipaddress import ip_network

from livekit.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo

from callcenter.telephony.livekit_sip.trunk_diff import Found


def open_doors(found: Found) -> list[str]:
    """What others have left in LiveKit that lets strangers in, a sentence each."""
    return [*_open_rules(found.rules), *_open_trunks(found.inbound)]


def _open_rules(rules: Iterable[SIPDispatchRuleInfo]) -> Iterable[str]:
    for rule in rules:
        if not rule.trunk_ids:
            yield (
                f"The dispatch rule {_called(rule.name, rule.sip_dispatch_rule_id)} belongs to no trunk, so it also "
                "takes in callers who match none and were asked for no password. Give it trunk_ids, or delete it."
            )


def _open_trunks(trunks: Iterable[SIPInboundTrunkInfo]) -> Iterable[str]:
    for trunk in trunks:
        if trunk.auth_username and trunk.auth_password:
            continue
        name = f"The inbound trunk {_called(trunk.name, trunk.sip_trunk_id)}"
        addresses = [one for one in trunk.allowed_addresses if _is_address(one)]
        single = [one for one in addresses if "/" not in one]
        if not addresses:
            yield (
                f"{name} lets in anybody: it has neither user and password nor an IP address in allowed_addresses. "
                "Give it one of them, or delete it."
            )
        elif single:
            yield (
                f"{name} lets in whoever claims to call from {single[0]}: LiveKit believes the From header. Write "
                f"{ip_network(single[0])} instead, or give it a user and a password."
            )


def _is_address(text: str) -> bool:
    """LiveKit passes over what is neither an address nor a network; a network of everybody says nothing."""
    try:
        return ip_network(text, strict=False).prefixlen > 0
    except ValueError:
        return False


def _called(name: str, identity: str) -> str:
    return f"“{name}” ({identity})" if name else identity
