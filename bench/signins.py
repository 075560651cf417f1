"""Fifty people sign in at once: what that does to callers who come meanwhile."""

import asyncio
from urllib.parse import urlencode

import bcrypt
from sqlalchemy import create_engine, text

from bench.crowd import PASSWORD, Crowd
from bench.databases import sync_url
from bench.figures import Figure, Sample
from bench.ringing import RINGS

AT_ONCE, LISTENING = 50, 100
EVERY, STAY = 0.1, 4.0
"""Seconds from one caller to the next, and until one gives up."""
TIMES = 2.0
SETTINGS = {"TRUSTED_PROXIES": "127.0.0.1"}
"""So that fifty people come from fifty addresses: attempts from one are limited."""


async def figures(crowd: Crowd, quick: bool) -> list[Figure]:
    """The same stream of callers without sign-ins and with them; passwords are hashed as in production."""
    await asyncio.to_thread(_harden, crowd.database_url)
    rounds = 40 if quick else 100
    async with crowd.connected(LISTENING):
        await crowd.calm()
        await _callers(crowd, 10)
        calm = await _callers(crowd, rounds)
        await crowd.calm()
        signing = asyncio.create_task(_sign_in(crowd))
        busy = await _callers(crowd, rounds)
        took = await signing
    failed = AT_ONCE - await asyncio.to_thread(_signed_in, crowd.database_url)
    sample, quiet = Sample("notified → incoming_call, while 50 sign in at once", busy), Sample("without sign-ins", calm)
    ratio = sample.p95_ms / quiet.p95_ms
    figure = Figure.of(sample, quiet, p95_without_ms=round(quiet.p95_ms, 1), p95_ratio=round(ratio, 2))
    aim = f"p95 ≤ {TIMES:g} × {quiet.p95_ms:.1f} ms"
    signs = Figure.of(Sample(f"a sign-in, {AT_ONCE} at once", took), failed=failed)
    return [figure.aimed(aim, ratio <= TIMES and not failed), signs]


async def _callers(crowd: Crowd, count: int) -> list[float]:
    """Seconds from each notification to the ringing; who gives up before that counts with the time they waited."""
    rooms = crowd.rooms(count)
    await crowd.sockets.ask("watch", needle=RINGS)
    notices = [(number * EVERY, "participant_joined", room, "") for number, room in enumerate(rooms)]
    notices += [(number * EVERY + STAY, "participant_left", room, "") for number, room in enumerate(rooms)]
    notices.sort()
    answers = await crowd.notifier.ask("run", notices=notices, connections=20, timed=True)
    heard = await crowd.sockets.ask("heard", count=count, timeout=STAY)
    sent = {notice[2]: answer[0] for notice, answer in zip(notices, answers, strict=True) if "joined" in notice[1]}
    rang = {message["livekit_room_name"]: at for at, _, message in heard}
    return [rang[room] - sent[room] if room in rang else STAY for room in rooms]


async def _sign_in(crowd: Crowd) -> list[float]:
    names = [one.username for one in crowd.people[-AT_ONCE:]]
    forms = [urlencode({"username": name, "password": PASSWORD}) for name in names]
    answers = await crowd.forms.ask("post", path="/auth/sign-in", forms=forms)
    return [answered - sent for sent, answered, _ in answers]


def _harden(url: str) -> None:
    """As many rounds as a real password has."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt()).decode()
    engine = create_engine(sync_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE agent SET hashed_password = :hashed"), {"hashed": hashed})
        connection.execute(text("DELETE FROM login_session WHERE kind = 'desk'"))
    engine.dispose()


def _signed_in(url: str) -> int:
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM login_session WHERE kind = 'desk'")).scalar_one()
    engine.dispose()
    return int(found)
