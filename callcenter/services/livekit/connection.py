"""How LiveKit's own API is reached."""

import aiohttp
from livekit import api

from callcenter.settings import Settings

REQUEST_SECONDS = 5
"""How long one request may take; dialling, which waits for a phone, sets its own."""


def livekit_api(settings: Settings) -> api.LiveKitAPI:
    """Must be made, and closed with ``aclose``, inside the running event loop."""
    return api.LiveKitAPI(
        settings.livekit_url,
        settings.livekit_api_key,
        settings.livekit_api_secret,
        timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
        failover=False,
    )
