"""Where LiveKit is, and the tokens a simulated participant enters with."""

import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

import httpx
from livekit.api import AccessToken, LiveKitAPI, RoomParticipantIdentity, ServerError, VideoGrants

from callcenter.cli.environment import load_environment
from callcenter.platform.errors import Problem
from callcenter.settings import get_settings

ANSWER_SECONDS = 3.0
CONNECT_SECONDS = 10.0


class NoLiveKit(Problem):
    """LiveKit cannot be used; the text says why and what to do."""


def refused(ws_url: str) -> str:
    """What to say when the server does not know our key or secret."""
    return f"LiveKit at {ws_url} refuses LIVEKIT_API_KEY and LIVEKIT_API_SECRET: set those the server was started with"


def why_not(ws_url: str, message: str) -> str:
    """The client's message in our words; its own may hold the token."""
    if "401" in message:
        return refused(ws_url)
    reason = message.partition(" - ")[0] or f"no connection within {CONNECT_SECONDS:.0f} s"
    return f"LiveKit at {ws_url} lets nobody in: {reason}"


class HasLiveKitSettings(Protocol):
    """What of the settings a connection is made from."""

    @property
    def media_url(self) -> str: ...
    @property
    def livekit_api_key(self) -> str: ...
    @property
    def livekit_api_secret(self) -> str: ...


@dataclass(frozen=True)
class Connection:
    """LiveKit's WebSocket address and the key that signs tokens for it."""

    ws_url: str
    api_key: str
    api_secret: str

    @classmethod
    def of(cls, settings: HasLiveKitSettings) -> Self:
        """The connection that these settings describe. Raises NoLiveKit when the key or the secret is missing."""
        if not (settings.livekit_api_key and settings.livekit_api_secret):
            raise NoLiveKit(
                "LIVEKIT_API_KEY and LIVEKIT_API_SECRET are not set: set them, or use `make run`, which makes its own"
            )
        return cls(settings.media_url, settings.livekit_api_key, settings.livekit_api_secret)

    @classmethod
    def from_environment(cls) -> Self:
        """Environment before .env before the values `make run` keeps. Raises NoLiveKit or SettingsError."""
        load_environment()
        return cls.of(get_settings())

    async def check(self) -> None:
        """Raise NoLiveKit unless it answers and takes our key: the client itself would try for long."""
        token = self.phone_token("check", "check", "", {})
        url = f"{self._http_url}/rtc/validate"
        # Reading the certificates takes a third of a second, which plain HTTP need not pay.
        certificates = url.startswith("https:")
        try:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, verify=certificates) as client:
                answer = await client.get(url, headers={"Authorization": f"Bearer {token}"})
        except httpx.TransportError:
            raise NoLiveKit(f"LiveKit does not answer at {self.ws_url}: start it with `make run`") from None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise NoLiveKit(refused(self.ws_url))

    async def remove(self, room: str, identity: str) -> None:
        """Make the server forget a participant; one that is gone already is no error."""
        async with LiveKitAPI(self._http_url, self.api_key, self.api_secret) as server:
            with contextlib.suppress(ServerError):
                await server.room.remove_participant(RoomParticipantIdentity(room=room, identity=identity))

    @property
    def _http_url(self) -> str:
        return "http" + self.ws_url.removeprefix("ws").rstrip("/")

    def phone_token(self, room: str, identity: str, number: str, attributes: Mapping[str, str]) -> str:
        """A token as livekit-sip has one for a phone: SIP kind, may change its own attributes."""
        grants = VideoGrants(room_join=True, room=room, can_update_own_metadata=True)
        token = AccessToken(self.api_key, self.api_secret).with_kind("sip").with_identity(identity)
        return token.with_name(f"Phone {number}").with_attributes(dict(attributes)).with_grants(grants).to_jwt()


def sip_attributes(status: str, number: str, trunk_number: str) -> dict[str, str]:
    """The attributes livekit-sip gives a phone: its number, the number on our side, and what names the call."""
    call_id = secrets.token_hex(6)
    return {
        "sip.callStatus": status,
        "sip.phoneNumber": number,
        "sip.trunkPhoneNumber": trunk_number,
        "sip.callID": f"SCL_{call_id}",
        "sip.callIDFull": f"{call_id}@simulated",
        "sip.trunkID": "ST_simulated",
        "sip.ruleID": "SDR_simulated",
        "sip.hostname": "simulated",
    }
