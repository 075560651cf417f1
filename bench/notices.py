"""LiveKit's part: signed notifications, ready to be sent over a raw connection."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

import jwt

PATH = "/api/calls/inbound"
CALLER_NUMBER, DIALLED_NUMBER = "+4930901820", "+4930123450"
OF_A_CALLER = ("room_started", "participant_joined", "track_published", "participant_left", "room_finished")
"""What LiveKit sends of somebody who calls and gives up."""


@dataclass(frozen=True)
class Signer:
    """Who signs, and what for."""

    port: int
    key: str
    secret: str

    def signed(self, event: str, room: str, agent: str = "") -> dict[str, Any]:
        """Body and headers of a notification about the caller in this room, or about that agent."""
        facts = {
            "id": f"EV_{event}_{room}_{agent}"[-64:],
            "event": event,
            "room": {"name": room, "sid": f"RM_{room}"},
            "createdAt": str(int(time.time())),
        }
        if not event.startswith("room_"):
            facts["participant"] = _agent(agent, room) if agent else _caller(room)
        body = json.dumps(facts).encode()
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        claims = {"iss": self.key, "exp": int(time.time()) + 600, "sha256": digest}
        token = jwt.encode(claims, self.secret, "HS256")
        return {"content": body, "headers": {"Authorization": token, "Content-Type": "application/webhook+json"}}

    def request(self, event: str, room: str, agent: str = "") -> bytes:
        """The whole request."""
        notice = self.signed(event, room, agent)
        return http("POST", PATH, self.port, notice["headers"], notice["content"])


def http(method: str, path: str, port: int, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _caller(room: str) -> dict[str, Any]:
    attributes = {"sip.phoneNumber": CALLER_NUMBER, "sip.trunkPhoneNumber": DIALLED_NUMBER}
    return {"identity": f"sip_{room}"[:64], "sid": f"PA_{room}", "kind": "SIP", "attributes": attributes}


def _agent(identity: str, room: str) -> dict[str, Any]:
    permission = {"canPublish": True, "canSubscribe": True}
    tracks = [{"sid": f"TR_{room}", "type": "AUDIO"}]
    return {"identity": identity, "sid": f"PA_{identity}_{room}"[:64], "permission": permission, "tracks": tracks}
