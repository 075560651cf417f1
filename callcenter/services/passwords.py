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
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

import bcrypt
from zxcvbn import zxcvbn

from callcenter.domain.errors import InvalidInput, WeakPassword

SHORTEST = 10
LONGEST = 128
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


def check_rules(password: str) -> None:
    """Raises InvalidInput saying what a password needs. Takes no time."""
    if len(password) < SHORTEST:
        raise InvalidInput(f"A password needs {SHORTEST} characters or more.")
    if len(password) > LONGEST:
        raise InvalidInput(f"A password may have {LONGEST} characters at most.")


async def hashed(password: str, words: Iterable[str] = ()) -> str:
    """``words`` are those near its owner, such as their name. Raises InvalidInput, or WeakPassword."""
    check_rules(password)
    parts = [re.split(r"[\W_]+", word) for word in words]
    near = [one for some in parts for one in (*some, "".join(some), ".".join(some))]
    return await _apart(_checked_and_hashed, password, [*OWN_WORDS, *near])


async def matches(password: str, known: str | None) -> bool:
    """Takes as long for an unknown user (``known`` is None) as for a wrong password."""
    attempt = _for_bcrypt(password[:LONGEST])
    right = await _apart(lambda: bcrypt.checkpw(attempt, (known or _nobody()).encode()))
    return right and known is not None and len(password) <= LONGEST


def _checked_and_hashed(password: str, words: list[str]) -> str:
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
