"""bcrypt, off the event loop."""

import asyncio
from functools import lru_cache

import bcrypt

from callcenter.domain.errors import InvalidInput

SHORTEST = 10
LONGEST_BYTES = 72
"""bcrypt looks at no more than this."""


def check_rules(password: str) -> None:
    """Raises InvalidInput saying what a password needs."""
    if len(password) < SHORTEST:
        raise InvalidInput(f"A password needs {SHORTEST} characters or more.")
    if len(password.encode()) > LONGEST_BYTES:
        raise InvalidInput(f"A password may have {LONGEST_BYTES} bytes at most.")


async def hashed(password: str) -> str:
    """Raises InvalidInput."""
    check_rules(password)
    return await asyncio.to_thread(lambda: bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode())


async def matches(password: str, known: str | None) -> bool:
    """Takes as long for an unknown user (``known`` is None) as for a wrong password."""
    attempt = password.encode()[:LONGEST_BYTES]
    right = await asyncio.to_thread(lambda: bcrypt.checkpw(attempt, (known or _nobody()).encode()))
    return right and known is not None and len(password.encode()) <= LONGEST_BYTES


@lru_cache(maxsize=1)
def _nobody() -> str:
    return bcrypt.hashpw(b"nobody has this password", bcrypt.gensalt()).decode()
