"""The sockets that browsers hold: the page's, the one for events, and LiveKit's, opened as a page would open them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import httpx
from livekit import api

from callcenter.cli.doctor.finding import Finding, Group
from callcenter.core.livekit.api_client import livekit_api
from callcenter.core.ports.media_server import TRIAL_ROOM
from callcenter.settings import Settings

NAME = "Sockets"
PATIENCE_SECONDS = 3.0
FORBIDDEN = 403
PATHS = (("the page's socket", "/_event/?EIO=4&transport=websocket"), ("the event socket", "/api/ws"))
PROXY = "Let the proxy pass WebSocket upgrades on, with their Origin header (docs/deployment.md)."


async def check(settings: Settings) -> AsyncIterator[Finding]:
    """Those of the desk, wherever it answers, with the origin that browsers send."""
    group, origin = Group(NAME), settings.public_url or f"http://localhost:{settings.port}"
    async for address in desk_addresses(settings):
        for what, path in PATHS:
            problem = await _opened(f"{_as_socket(address)}{path}", origin)
            if problem:
                mend = (
                    "Set PUBLIC_URL to the address agents open (CORS_ORIGINS has further ones), and restart the desk."
                    if str(FORBIDDEN) in problem
                    else PROXY
                )
                yield group.fail(f"{what} at {address} does not open for a page of {origin} ({problem})", mend)
            else:
                yield group.ok(f"{what} at {address} opens for a page of {origin}")


async def check_livekit(group: Group, settings: Settings) -> Finding:
    """LiveKit's socket, entered for a moment with a token like an agent's. Its key has been found to be right."""
    address, room = settings.media_url, f"{TRIAL_ROOM}{secrets.token_hex(8)}"
    if urlsplit(address).scheme not in ("ws", "wss"):
        return group.fail("LiveKit's socket was not tried", "Correct LIVEKIT_WS_URL first.")
    client = livekit_api(settings)
    try:
        await client.room.create_room(api.CreateRoomRequest(name=room, empty_timeout=10))
        try:
            token = api.AccessToken(settings.livekit_api_key, settings.livekit_api_secret).with_identity("doctor")
            grants = api.VideoGrants(room_join=True, room=room, can_publish=False, can_subscribe=False, hidden=True)
            problem = await _opened(
                f"{address.rstrip('/')}/rtc?protocol=15&access_token={token.with_grants(grants).to_jwt()}",
                settings.public_url or None,
                speaks_first=True,
            )
        finally:
            await client.room.delete_room(api.DeleteRoomRequest(room=room))
    except (api.ServerError, aiohttp.ClientError, TimeoutError) as error:
        return group.fail(f"no room can be made in LiveKit ({type(error).__name__})", "Look at LiveKit's log.")
    finally:
        await client.aclose()
    if not problem:
        return group.ok(f"LiveKit's socket at {address} opens, as for an agent's browser")
    mend = f"Agents need it: set LIVEKIT_WS_URL to LiveKit's address as browsers reach it. {PROXY}"
    text = f"LiveKit's socket at {address} does not open ({problem})"
    # Names and addresses may be right for agents and not for this machine.
    return group.fail(text, mend) if problem.startswith("HTTP") else group.warn(f"{text} from this machine", mend)


async def _opened(address: str, origin: str | None, *, speaks_first: bool = False) -> str:
    """Open it and close it again; what went wrong, in words, or nothing."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession(trust_env=False) as session:
            headers = {"Origin": origin} if origin else {}
            async with session.ws_connect(address, headers=headers) as socket:
                if speaks_first and (await socket.receive()).type is not aiohttp.WSMsgType.BINARY:
                    return "it says nothing"
    except aiohttp.WSServerHandshakeError as error:
        return f"HTTP {error.status}"
    except TimeoutError:
        return f"nothing within {PATIENCE_SECONDS:g} s"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return type(error).__name__
    return ""


def _as_socket(address: str) -> str:
    return http_address(address).replace("http", "ws", 1)


async def desk_answers(settings: Settings) -> bool:
    """Whether a desk serves here, at its own port or at the address agents open."""
    async for _ in desk_addresses(settings):
        return True
    return False


async def desk_addresses(settings: Settings) -> AsyncIterator[str]:
    """Where a desk serves: at its own port, and at the address agents open."""
    known = [f"http://127.0.0.1:{settings.port}", *([settings.public_url] if settings.public_url else [])]
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        for address in known:
            try:
                if (await client.get(f"{address.rstrip('/')}/healthz")).json() == {"status": "ok"}:
                    yield address
            except (httpx.HTTPError, httpx.InvalidURL, ValueError):
                continue


def http_address(address: str) -> str:
    """LiveKit's dashboard names it with wss://; requests go to the same place with https://."""
    return f"http{address[2:]}" if address.startswith(("ws://", "wss://")) else address
