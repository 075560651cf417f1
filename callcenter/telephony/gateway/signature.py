"""Signatures of what a gateway and we send each other: HMAC-SHA256 over the time and the body, as webhooks have it.

``t=<unix seconds>,v1=<hexadecimal>``: a header that was caught is of no use for another body, nor after five minutes.
"""

import hashlib
import hmac
from collections.abc import Iterable

from callcenter.platform.errors import NotSignedIn

HEADER = "X-Callcenter-Signature"
TOLERANCE_SECONDS = 300
LONGEST = 1000


def sign(body: bytes, secret: str, at: float) -> str:
    """The header for a body that is sent at that time (Unix, seconds)."""
    stamp = f"{at:.3f}"
    return f"t={stamp},v1={_digest(stamp, body, secret)}"


def verify(header: str, body: bytes, secrets: Iterable[str], now: float) -> str:
    """What made the signature good, for remembering it. Raises NotSignedIn saying what is wrong with it."""
    stamp, given = _parts(header)
    if not given or not _is_time(stamp):
        raise NotSignedIn("signature_missing", header=HEADER)
    if abs(now - float(stamp)) > TOLERANCE_SECONDS:
        raise NotSignedIn("signature_old")
    for wanted in [_digest(stamp, body, secret) for secret in secrets]:
        if any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
            return wanted
    raise NotSignedIn("signature_wrong")


def is_in_time(header: str, now: float) -> bool:
    """Whether a body need be read at all to know if this is its signature."""
    stamp, given = _parts(header)
    return bool(given) and _is_time(stamp) and abs(now - float(stamp)) <= TOLERANCE_SECONDS


def _parts(header: str) -> tuple[str, list[str]]:
    """When it was signed, and the signatures."""
    fields = [part.strip().partition("=") for part in header[:LONGEST].split(",")]
    stamp = next((value for name, _, value in fields if name == "t"), "")
    return stamp, [value.lower() for name, _, value in fields if name == "v1"]


def _digest(stamp: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _is_time(stamp: str) -> bool:
    whole, _, part = stamp.partition(".")
    return len(stamp) <= 20 and all(digits.isascii() and digits.isdecimal() for digits in (whole, part or "0"))
