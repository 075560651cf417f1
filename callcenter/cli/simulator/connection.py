"""Where LiveKit is, and the tokens a simulated participant enters with."""

import asyncio
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlsplit

from livekit.api import AccessToken, VideoGrants

from callcenter.settings import get_settings

DEVELOPMENT_VALUES = Path(".dev/env")
ANSWER_SECONDS = 3.0


class NoLiveKit(RuntimeError):
    """LiveKit cannot be used; the text says why and what to do."""


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
        _add_development_values()
        return cls.of(get_settings())

    async def check(self) -> None:
        """Raise NoLiveKit unless something answers at the address: the client itself would try for long."""
        address = urlsplit(self.ws_url)
        port = address.port or (443 if address.scheme == "wss" else 80)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                _, writer = await asyncio.open_connection(address.hostname, port)
        except (OSError, TimeoutError):
            raise NoLiveKit(f"LiveKit does not answer at {self.ws_url}: start it with `make run`") from None
        writer.close()

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


def _add_development_values() -> None:
    if os.environ.get("LIVEKIT_API_KEY") or _has_key(Path(".env")) or not DEVELOPMENT_VALUES.is_file():
        return
    chosen = _read(Path(".env"))
    for name, value in _read(DEVELOPMENT_VALUES).items():
        if name not in chosen:
            os.environ.setdefault(name, value)


def _has_key(path: Path) -> bool:
    return bool(_read(path).get("LIVEKIT_API_KEY"))


def _read(path: Path) -> dict[str, str]:
    """KEY=VALUE lines; blank lines and comments are passed over, quotes around a value are dropped."""
    if not path.is_file():
        return {}
    lines = (line.strip().removeprefix("export ") for line in path.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs}
