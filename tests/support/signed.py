"""Notifications that are signed as LiveKit signs them, whatever is in them."""

import base64
import hashlib

from livekit import api

from callcenter.core.livekit.room_client import LiveKitServer
from callcenter.core.ports.media_server import Notification
from callcenter.settings import Settings
from tests.fakes import SEAL, FakeMedia


class SignedMedia(FakeMedia):
    """The fake server, which also takes notifications as the real one sends them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._real = LiveKitServer(settings)

    def notification(self, body: str, authorization: str, digest: bytes | None = None) -> Notification:
        if authorization == SEAL:
            return super().notification(body, authorization, digest)
        return self._real.notification(body, authorization, digest)


def signed(body: bytes, settings: Settings) -> str:
    """The authorization of a notification with this body."""
    token = api.AccessToken(*settings.livekit_keys[0])
    token.claims.sha256 = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return token.to_jwt()
