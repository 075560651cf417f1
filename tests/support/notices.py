"""LiveKit's notifications as it sends them over HTTP: written, signed and delivered."""

import base64
import hashlib
import json
import time
from typing import Any

import httpx
import jwt

from callcenter.core.livekit.room_client import LiveKitServer
from callcenter.core.ports.media_server import Notification
from callcenter.settings import Settings
from tests.fakes import FakeMedia

PATH = "/api/calls/inbound"
NUMBER = "+493055501"


class SignedMedia(FakeMedia):
    """The fake, which reads notifications as LiveKit's own library does."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._livekit = LiveKitServer(settings)

    def notification(self, body: str, authorization: str, digest: bytes | None = None) -> Notification:
        return self._livekit.notification(body, authorization, digest)


def joined(event_id: str = "EV_1", room: str = "call_1", **more: Any) -> dict[str, Any]:
    """A caller is in a room."""
    return {
        "id": event_id,
        "event": "participant_joined",
        "createdAt": "1795377443",
        "room": {"name": room, "sid": f"RM_{room}"},
        "participant": {
            "identity": f"sip_{NUMBER}",
            "sid": f"PA_{room}",
            "kind": "SIP",
            "state": "ACTIVE",
            "attributes": {"sip.phoneNumber": NUMBER, "sip.trunkPhoneNumber": "+4930123450"},
        },
        **more,
    }


def signed(settings: Settings, body: bytes, **changes: Any) -> dict[str, str]:
    """The headers LiveKit sends with a body."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    own, secret = settings.livekit_keys[0]
    claims = {"iss": own, "exp": int(time.time()) + 300, "sha256": digest} | changes
    key = changes.pop("key", secret)
    claims.pop("key", None)
    token = jwt.encode(claims, key, "HS256")
    return {"Authorization": token, "Content-Type": "application/webhook+json"}


async def deliver(http: httpx.AsyncClient, settings: Settings, event: dict[str, Any] | bytes) -> httpx.Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return await http.post(PATH, content=body, headers=signed(settings, body))
