"""What livekit-sip counts about itself, from its Prometheus page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

PASSWORD = "password"  # noqa: S105
NO_TRUNK = "no_trunk"
NO_RULE = "no_rule"
FULL = "full"
CODEC = "codec"
ENCRYPTION = "encryption"
INTERNAL = "internal"
_REASONS = {
    "flood": NO_TRUNK,
    "no-trunk": NO_TRUNK,
    "no-rule": NO_RULE,
    "no-dispatch": NO_RULE,
    "quota-exceeded": FULL,
    "no-common-codec": CODEC,
    "no-common-crypto": ENCRYPTION,
    "auth-error": INTERNAL,
    "dispatch-error": INTERNAL,
    "media-config-error": INTERNAL,
    "media-failed": INTERNAL,
    "participant-failed": INTERNAL,
}
"""livekit-sip's words for callers it did not let in."""


class NoCounts(Exception):
    """The page cannot be read; the text says why."""


@dataclass(frozen=True)
class Counts:
    """Since livekit-sip was started."""

    calls_now: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    """Callers who were not let in, by reason."""


async def read(address: str, timeout: float = 2.0) -> Counts:
    """``address``: as in SIP_METRICS_URL; ``/metrics`` is its path unless it has one. Raises NoCounts."""
    try:
        url = httpx.URL(address)
        url = url if url.path.strip("/") else url.copy_with(path="/metrics")
        # httpx's own limit is one between two pieces of an answer.
        async with asyncio.timeout(timeout), httpx.AsyncClient(timeout=timeout, trust_env=False) as client:
            answer = await client.get(url)
        answer.raise_for_status()
        return counts(answer.text)
    except httpx.HTTPStatusError as error:
        raise NoCounts(f"it answers with {error.response.status_code}") from None
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        raise NoCounts("nothing answers there") from None
    except (ValueError, OverflowError):
        raise NoCounts("what answers there is no Prometheus page") from None


def counts(text: str) -> Counts:
    """Read one page. Raises ValueError when it is none."""
    found: dict[str, dict[str, int]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name.removesuffix("_total")
            both_ways = name == "livekit_sip_calls_active"
            if not name.startswith("livekit_sip_") or not (both_ways or sample.labels.get("dir", "in") == "in"):
                continue
            by_reason = found.setdefault(name, {})
            reason = sample.labels.get("reason", "")
            by_reason[reason] = by_reason.get(reason, 0) + int(sample.value)
    if not found:
        raise ValueError("there is nothing of livekit-sip on it")
    ended = found.get("livekit_sip_calls_terminated", {})
    refused: dict[str, int] = {}
    for word, reason in _REASONS.items():
        if ended.get(word):
            refused[reason] = refused.get(reason, 0) + ended[word]
    wrong = _wrong_passwords(found, refused)
    if wrong:
        refused[PASSWORD] = wrong
    return Counts(sum(found.get("livekit_sip_calls_active", {}).values()), refused)


def _wrong_passwords(found: Mapping[str, Mapping[str, int]], refused: Mapping[str, int]) -> int:
    """How often one was asked for in vain: a wrong password counts twice, as livekit-sip asks again.

    Every caller is asked once, and those who were let in after it are taken off.
    """
    asked = found.get("livekit_sip_invite_error", {}).get("unauthorized", 0)
    passed = sum(found.get("livekit_sip_invite_accepted", {}).values()) - refused.get(NO_TRUNK, 0)
    return max(0, asked - max(0, passed))
