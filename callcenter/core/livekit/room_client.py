"""LiveKit behind the Media protocol."""

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import jwt
from google.protobuf.json_format import Parse, ParseError
from livekit import api
from livekit.api.twirp_client import TwirpErrorCode
from livekit.protocol.models import DisconnectReason, ParticipantInfo, TrackType
from livekit.protocol.webhook import WebhookEvent

from callcenter.core.livekit.api_client import livekit_api
from callcenter.core.livekit.webhook_keys import Seals, check_body
from callcenter.core.ports.media_server import Bearer, Notification, ParticipantSeen, RoomSeen
from callcenter.platform.errors import MediaError, NotSignedIn
from callcenter.settings import Settings

PUT_OUT = frozenset(
    {
        DisconnectReason.PARTICIPANT_REMOVED,
        DisconnectReason.ROOM_DELETED,
        DisconnectReason.ROOM_CLOSED,
        DisconnectReason.USER_UNAVAILABLE,
        DisconnectReason.USER_REJECTED,
    }
)
CLOCKS_DIFFER = timedelta(minutes=1)
"""LiveKit believes a token for so long, too."""


class LiveKitServer:
    """One LiveKit server or cluster. Made inside a running event loop; close() it there."""

    def __init__(self, settings: Settings, *, keys: bool = False) -> None:
        """``keys``: who talks may send data as well, which telephone keys need."""
        self._settings = settings
        self._seals = Seals(settings)
        self._keys = keys
        self._client: api.LiveKitAPI | None = None

    @property
    def _api(self) -> api.LiveKitAPI:
        if self._client is None:
            self._client = livekit_api(self._settings)
        return self._client

    def token(self, room_name: str, identity: str, name: str) -> str:
        grants = api.VideoGrants(
            room_join=True,
            room=room_name,
            can_publish=False,
            can_subscribe=False,
            can_publish_data=False,
            can_publish_sources=["microphone"],
            can_update_own_metadata=False,
        )
        return self._token(identity, name, grants).to_jwt()

    def phone_token(self, room_name: str, identity: str, attributes: Mapping[str, str]) -> str:
        """A phone says itself whether it rings (its attributes) and sends keys (data)."""
        grants = api.VideoGrants(
            room_join=True,
            room=room_name,
            can_publish=True,
            can_subscribe=True,
            can_publish_data=True,
            can_publish_sources=["microphone"],
            can_update_own_metadata=True,
        )
        return self._token(identity, "Phone", grants).with_kind("sip").with_attributes(dict(attributes)).to_jwt()

    def _token(self, identity: str, name: str, grants: api.VideoGrants) -> api.AccessToken:
        token = api.AccessToken(self._settings.livekit_api_key, self._settings.livekit_api_secret)
        lifetime = timedelta(seconds=self._settings.room_token_seconds)
        return token.with_identity(identity).with_name(name).with_grants(grants).with_ttl(lifetime)

    def notification(self, body: str, authorization: str, digest: bytes | None = None) -> Notification:
        check_body(body, self._seals.digest(authorization) if digest is None else digest)
        try:
            event = Parse(body, WebhookEvent(), ignore_unknown_fields=True)
        except (ParseError, RecursionError):
            raise NotSignedIn("notification_unreadable") from None
        participant = _participant(event.participant) if event.HasField("participant") else None
        room = RoomSeen(event.room.name, event.room.sid)
        return Notification(event.id, event.event, room, participant, event.created_at)

    def bearer(self, token: str) -> Bearer:
        for key, secret in self._settings.livekit_room_keys:
            try:
                claims = jwt.decode(token, secret, ["HS256"], issuer=key, leeway=CLOCKS_DIFFER)
            except jwt.InvalidTokenError:
                continue
            video = claims.get("video") or {}
            if video.get("roomJoin") is True and video.get("room") and claims.get("sub"):
                return Bearer(str(video["room"]), str(claims["sub"]), claims.get("kind") == "sip")
        raise NotSignedIn("room_token_of_others")

    async def allow_talking(self, room_name: str, identity: str) -> None:
        """Keys are pressed as data."""
        permission = api.ParticipantPermission(
            can_publish=True,
            can_subscribe=True,
            can_publish_data=self._keys,
            can_publish_sources=[api.TrackSource.MICROPHONE],
        )
        await self._ask(
            self._api.room.update_participant(
                api.UpdateParticipantRequest(room=room_name, identity=identity, permission=permission)
            ),
            missing_is_fine=True,
        )

    async def remove(self, room_name: str, identity: str) -> None:
        request = api.RoomParticipantIdentity(room=room_name, identity=identity)
        await self._ask(self._api.room.remove_participant(request), missing_is_fine=True)

    async def delete_room(self, room_name: str) -> None:
        await self._ask(self._api.room.delete_room(api.DeleteRoomRequest(room=room_name)), missing_is_fine=True)

    async def rooms(self) -> list[RoomSeen]:
        found = await self._ask(self._api.room.list_rooms(api.ListRoomsRequest()))
        return [RoomSeen(room.name, room.sid, room.num_participants) for room in found.rooms]

    async def participants(self, room_name: str) -> list[ParticipantSeen]:
        request = api.ListParticipantsRequest(room=room_name)
        found = await self._ask(self._api.room.list_participants(request), missing_is_fine=True)
        return [
            _participant(one)
            for one in (found.participants if found else ())
            if one.state != ParticipantInfo.State.DISCONNECTED
        ]

    async def alive(self) -> bool:
        try:
            await self.rooms()
        except MediaError:
            return False
        return True

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, request: Awaitable[Any], *, missing_is_fine: bool = False) -> Any:
        try:
            return await request
        except api.ServerError as error:
            if missing_is_fine and error.code == TwirpErrorCode.NOT_FOUND:
                return None
            raise MediaError(f"LiveKit refused: {error.code}") from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise MediaError("LiveKit does not answer") from error


def _participant(info: ParticipantInfo) -> ParticipantSeen:
    return ParticipantSeen(
        identity=info.identity,
        sid=info.sid,
        phone=info.kind == ParticipantInfo.Kind.SIP,
        may_talk=info.permission.can_publish,
        publishes_audio=any(track.type == TrackType.AUDIO for track in info.tracks),
        attributes=dict(info.attributes),
        lost=info.disconnect_reason == DisconnectReason.CONNECTION_TIMEOUT,
        put_out=info.disconnect_reason in PUT_OUT,
    )
