"""LiveKit: reachable, our key is one of its own, the clocks agree, and word of rooms comes back."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import httpx
from livekit import api

from callcenter.bootstrap import Services
from callcenter.cli.doctor import socket_checks
from callcenter.cli.doctor.finding import Finding, Group
from callcenter.core.livekit.api_client import livekit_api
from callcenter.core.ports.media_server import TRIAL_ROOM, WEBHOOK_PATH
from callcenter.core.store import processed_events
from callcenter.settings import Settings, service_urls

NAME = "LiveKit"
PATIENCE_SECONDS = 3.0
WEBHOOK_SECONDS = 6.0
LOOK_SECONDS = 0.2
MOST_SKEW_SECONDS = 60
"""Tokens are valid from the moment they are made; LiveKit forgives a minute."""
NOTICED_SKEW_SECONDS = 5
ADMISSION_PATH = "/api/media/admission"


async def check(services: Services, *, database: bool) -> AsyncIterator[Finding]:
    """``database``: it can be used, so that the webhook's mark can be looked for there."""
    group, settings = Group(NAME), services.settings
    where = service_urls.shown(settings.livekit_url)
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            answer = await client.get(socket_checks.http_address(settings.livekit_url))
    except (httpx.HTTPError, httpx.InvalidURL):
        yield group.fail(f"nothing answers at {where}", "Start livekit-server, or correct LIVEKIT_URL.")
        return
    skew = _skew(answer)
    yield group.ok(f"{where} answers")
    yield _clock(group, skew)
    key = await _key(group, settings, skew)
    yield key
    if key.state != "ok":
        return
    yield await socket_checks.check_livekit(group, settings)
    if not settings.debug:
        yield await _door(group, settings)
    if database:
        yield await _webhook(group, services)
    else:
        yield group.warn("the webhook was not tried", "Mend the database first.")


def _skew(answer: httpx.Response) -> float | None:
    """How far LiveKit's clock is ahead of ours, in seconds; None when it does not tell."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return None
    return (theirs - datetime.now(UTC)).total_seconds()


def _clock(group: Group, skew: float | None) -> Finding:
    if skew is None:
        return group.warn("its clock cannot be compared with ours: it sends no Date", "Compare them by hand.")
    if abs(skew) < NOTICED_SKEW_SECONDS:
        return group.ok("its clock and ours agree")
    text = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
    mend = "Let both machines set their clocks from the network (timedatectl set-ntp true)."
    if abs(skew) > MOST_SKEW_SECONDS:
        return group.fail(f"{text}, so it refuses our tokens or takes old ones", mend)
    return group.warn(text, mend)


async def _key(group: Group, settings: Settings, skew: float | None) -> Finding:
    client = livekit_api(settings)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await client.room.list_rooms(api.ListRoomsRequest())
    except api.ServerError as error:
        if error.status not in (401, 403):
            return group.fail(f"it refuses to list its rooms ({error.status})", "Is this LiveKit? Correct LIVEKIT_URL.")
        if skew is not None and abs(skew) > MOST_SKEW_SECONDS:
            return group.fail("it does not accept our key, which may be for its clock", "Set the clocks first.")
        return group.fail(
            f"it does not accept the key {settings.livekit_api_key} with our secret",
            "Set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to a pair under keys: in LiveKit's configuration.",
        )
    except (aiohttp.ClientError, TimeoutError):
        return group.fail("it stopped answering", "Look at LiveKit's log.")
    finally:
        await client.aclose()
    return group.ok(f"it accepts the key {settings.livekit_api_key}")


async def _door(group: Group, settings: Settings) -> Finding:
    """Knock as a browser would, with a token that LiveKit believes and in a name that the record does not expect."""
    address = "http" + settings.media_url.removeprefix("ws").rstrip("/") + "/rtc/validate"
    grants = api.VideoGrants(room_join=True, room=f"{TRIAL_ROOM}{secrets.token_hex(8)}")
    token = api.AccessToken(settings.livekit_api_key, settings.livekit_api_secret).with_identity("doctor.0")
    headers = {"Authorization": f"Bearer {token.with_grants(grants).to_jwt()}"}
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            answer = await client.get(address, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL):
        return group.warn(
            f"browsers do not reach it at {settings.media_url}", "Look at LIVEKIT_WS_URL and at the proxy."
        )
    if answer.status_code == httpx.codes.FORBIDDEN:
        return group.ok("the desk is asked before browsers get to it")
    if answer.is_success:
        return group.warn(
            f"browsers get to it at {settings.media_url} without the desk being asked",
            f"Let the proxy ask {ADMISSION_PATH} for each connection, as deploy/Caddyfile does (docs/deployment.md).",
        )
    return group.warn(f"browsers are answered with {answer.status_code} at {settings.media_url}", "Look at the proxy.")


async def _webhook(group: Group, services: Services) -> Finding:
    """Make a room and take it away; the desk marks in the database that it has heard of it."""
    settings, room = services.settings, f"{TRIAL_ROOM}{secrets.token_hex(8)}"
    if not await socket_checks.desk_answers(settings):
        return group.warn(
            "the webhook was not tried: the desk does not run", "Start the desk, then run the doctor again."
        )
    client = livekit_api(settings)
    try:
        await client.room.create_room(api.CreateRoomRequest(name=room, empty_timeout=10))
        await client.room.delete_room(api.DeleteRoomRequest(room=room))
    except (api.ServerError, aiohttp.ClientError, TimeoutError) as error:
        return group.fail(f"no room can be made there ({type(error).__name__})", "Look at LiveKit's log.")
    finally:
        await client.aclose()
    if await _heard(services, room):
        return group.ok("its webhook reaches the desk")
    address = (settings.public_url or f"http://127.0.0.1:{settings.port}").rstrip("/") + WEBHOOK_PATH
    return group.fail(
        f"the desk heard nothing of a room within {WEBHOOK_SECONDS:g} s: no call would come in",
        f"In LiveKit's configuration set webhook: api_key: {settings.livekit_keys[0][0]}, urls: [{address}] (an "
        "address that LiveKit can reach), and see that the desk has the same key and the same database as the doctor.",
    )


async def _heard(services: Services, room: str) -> bool:
    deadline = asyncio.get_running_loop().time() + WEBHOOK_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        async with services.units.reading() as (session, _):
            if await processed_events.known(session, room):
                return True
        await asyncio.sleep(LOOK_SECONDS)
    return False
