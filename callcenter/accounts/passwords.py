"""Which passwords will do, and how they are kept: bcrypt, off the event loop, and never in the way of calls.

It takes a quarter of a second of a core for each password. So it has threads of its own, at most half as many as there
are cores, and with a lower priority than everything else: fifty sign-ins at once take longer, and calls do not.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import re
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

import bcrypt

from callcenter.accounts.errors import WeakPassword
from callcenter.platform.errors import InvalidInput

SHORTEST = 10
LONGEST = 128
MOST_TYPED = 4 * LONGEST
"""Characters that are looked at: a letter may be typed as itself and up to three accents."""
BCRYPT_BYTES = 72
"""bcrypt looks at no more than this; longer passwords are made shorter first."""
LONGER = b"callcenter: a password of more than 72 bytes"
GUESSES = 1_000_000
"""Whoever is found in fewer could be found by trying, however slowly."""
JUDGED = 72
"""Characters; the rest makes a password no weaker, and judging it takes time."""
OWN_WORDS = ("callcenter", "contactcenter", "contact", "center", "centre", "desk", "agent", "supervisor", "admin")
"""Words that come to mind first in such a house; names are added to them."""

AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
NICE = 15

Result = TypeVar("Result")


def prepared(password: str) -> str:
    """The form in which a password is kept: RFC 8265's OpaqueString.

    Keyboards differ in how they compose accents (NFC), and some type another space with Option or AltGr held.
    """
    plain = "".join(" " if unicodedata.category(one) == "Zs" else one for one in password)
    return unicodedata.normalize("NFC", plain)


def check_rules(password: str) -> None:
    """Raises InvalidInput saying what a password needs. Takes no time."""
    length = len(prepared(password)) if len(password) <= MOST_TYPED else MOST_TYPED
    if length < SHORTEST:
        raise InvalidInput("password_too_short", shortest=SHORTEST)
    if length > LONGEST:
        raise InvalidInput("password_too_long", longest=LONGEST)


async def hashed(password: str, words: Iterable[str] = ()) -> str:
    """``words`` are those near its owner, such as their name. Raises InvalidInput, or WeakPassword."""
    check_rules(password)
    parts = [re.split(r"[\W_]+", word) for word in words]
    near = [one for some in parts for one in (*some, "".join(some), ".".join(some))]
    return await _apart(_checked_and_hashed, prepared(password), [*OWN_WORDS, *near])


async def matches(password: str, known: str | None) -> bool:
    """Takes as long for an unknown user (``known`` is None) as for a wrong password."""
    forms = [form for form in _forms(password[:MOST_TYPED]) if len(form) <= LONGEST]
    attempts = [_for_bcrypt(form) for form in forms or [password[:LONGEST]]]
    kept = (known or _nobody()).encode()
    right = await _apart(lambda: any(bcrypt.checkpw(attempt, kept) for attempt in attempts))
    return right and known is not None and bool(forms)


def _forms(password: str) -> Iterable[str]:
    """As passwords are kept today; then as typed and with accents apart, as they were kept before.

    All three are one without accents and odd spaces: such a password costs one look, as ever.
    """
    form = prepared(password)
    return dict.fromkeys((form, password, unicodedata.normalize("NFD", form)))


def _checked_and_hashed(password: str, words: list[str]) -> str:
    from zxcvbn import zxcvbn  # its lists of words take their time, and few starts are about a new password

    if zxcvbn(password[:JUDGED], user_inputs=words)["guesses"] < GUESSES:
        raise WeakPassword()
    return bcrypt.hashpw(_for_bcrypt(password), bcrypt.gensalt()).decode()


def _for_bcrypt(password: str) -> bytes:
    raw = password.encode("utf-8", "surrogatepass")
    if len(raw) <= BCRYPT_BYTES:
        return raw
    return base64.b64encode(hmac.digest(LONGER, raw, hashlib.sha256))


@lru_cache(maxsize=1)
def _nobody() -> str:
    return bcrypt.hashpw(b"nobody has this password", bcrypt.gensalt()).decode()


def _step_back() -> None:
    # On Linux a thread has a priority of its own; elsewhere the whole process would get it.
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, "passwords", _step_back)


async def _apart(work: Callable[..., Result], *arguments: Any) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_threads(), work, *arguments)
