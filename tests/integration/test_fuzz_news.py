"""What comes signed and is nonsense all the same: LiveKit's notifications, a gateway's requests, programs' sockets."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import strategies as st

from callcenter.settings import Settings
from callcenter.telephony.gateway.signature import HEADER, sign
from tests.builders import Centre
from tests.conftest import MakeSettings
from tests.consistency import assert_consistent
from tests.fakes import Clock
from tests.integration.conftest import OpenSocket, SignIn
from tests.support.fuzz import made_up
from tests.support.signed import SignedMedia, signed

SECRET = "a secret of the gateway 0123456789abcdef"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(
        telephony="webhook", telephony_webhook_url="http://127.0.0.1:9/gateway", telephony_webhook_secret=SECRET
    )


@pytest.fixture
async def media(settings: Settings) -> SignedMedia:
    return SignedMedia(settings)


NASTY = ["", "\0", "ä\u202e", "'; DROP TABLE call; --", "x" * 5000, "call_", "call_1", "out_", "doctor_", "agent_anna",
         "sip_+49301", "\ud800", "{}", "../../x"]  # fmt: skip
TEXTS = st.sampled_from(NASTY) | st.text(max_size=10)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
KINDS = st.sampled_from(
    ["room_started", "room_finished", "participant_joined", "participant_left", "participant_connection_aborted",
     "track_published", "track_unpublished", "egress_ended", "", "nonsense", "\0"]
)  # fmt: skip
PERSON = st.fixed_dictionaries(
    {},
    optional={
        "identity": TEXTS | ANYTHING,
        "sid": TEXTS | ANYTHING,
        "kind": st.sampled_from(["SIP", "STANDARD", 3, "NONE", 99, -1, 2**40]) | ANYTHING,
        "attributes": st.dictionaries(
            st.sampled_from(["sip.phoneNumber", "sip.callStatus", "sip.trunkPhoneNumber", "sip.hostname"]) | TEXTS,
            st.sampled_from(["active", "ringing", "hangup", "+4930123456"]) | TEXTS,
        )
        | ANYTHING,
        "permission": st.just({"canPublish": True}) | ANYTHING,
        "tracks": st.just([{"type": "AUDIO"}]) | ANYTHING,
        "disconnectReason": st.sampled_from(["CONNECTION_TIMEOUT", 99]) | ANYTHING,
    },
)
NEWS = st.fixed_dictionaries(
    {"event": KINDS},
    optional={
        "id": TEXTS | ANYTHING,
        "createdAt": st.sampled_from(["0", "1", "-1", "99999999999999999", 1.5]) | ANYTHING,
        "room": st.fixed_dictionaries({}, optional={"name": TEXTS | ANYTHING, "sid": TEXTS | ANYTHING}) | ANYTHING,
        "participant": PERSON | ANYTHING,
        "track": ANYTHING,
        "nobodyKnows": ANYTHING,
    },
)


def body_of(news: Any) -> bytes:
    """As JSON; numbers that JSON does not have are written as JavaScript would."""
    return json.dumps(news).encode()


async def notify(http: httpx.AsyncClient, body: bytes, settings: Settings) -> httpx.Response:
    headers = {"Authorization": signed(body, settings), "Content-Type": "application/webhook+json"}
    return await http.post("/api/calls/inbound", content=body, headers=headers)


async def a_call_comes_through(centre: Centre) -> None:
    """After all that."""
    name = f"call_honest_{len(centre.media.asked)}"
    assert await centre.call_in(room=name)


async def test_signed_nonsense_is_refused_or_taken_and_changes_nothing_it_should_not(
    http: httpx.AsyncClient, centre: Centre, settings: Settings
) -> None:
    anna = await centre.agent("Anna")
    await centre.talk(anna)
    for news in made_up(NEWS, 80):
        answer = await notify(http, body_of(news), settings)
        assert answer.status_code in (204, 400, 401), news
    await assert_consistent(centre.services)
    await a_call_comes_through(centre)


async def test_many_at_once(http: httpx.AsyncClient, centre: Centre, settings: Settings) -> None:
    """They are applied together; one that cannot be takes no other with it."""
    honest = [
        {
            "id": f"EV_{number}",
            "event": "participant_joined",
            "room": {"name": f"call_{number}", "sid": f"RM_{number}"},
            "participant": {"identity": f"sip_{number}", "sid": f"PA_{number}", "kind": "SIP"},
        }
        for number in range(20)
    ]
    coming = [one for pair in zip(honest, made_up(NEWS, 20), strict=False) for one in pair]
    answers = await asyncio.gather(*(notify(http, body_of(news), settings) for news in coming))
    assert {answer.status_code for answer in answers[::2]} == {204}
    assert {answer.status_code for answer in answers} <= {204, 400, 401}
    for number in range(20):
        assert await centre.by_room(f"call_{number}")
    await assert_consistent(centre.services)


UNREADABLE = [b"", b"\0", b"null", b"[]", b"5", b'"x"', b"{", b"\xff\xfe", b"[" * 5000,
              b'{"room":' * 3000, b'{"id":"\\ud800"}',
              b'{"event":"participant_joined","event":"room_finished"}', b"{}" * 2, b" " * 60000,
              b'{"createdAt":1e999}',
              b'{"createdAt":NaN}', b"\xef\xbb\xbf{}"]  # fmt: skip


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:20]))
async def test_what_cannot_be_read(http: httpx.AsyncClient, settings: Settings, body: bytes) -> None:
    assert (await notify(http, body, settings)).status_code in (204, 400, 401)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "x",
        "Bearer",
        "Bearer x",
        ".",
        "..",
        "a.b.c",
        "e30.e30.e30",
        "eyJhbGciOiJub25lIn0.e30.",
        "\u00e4",
        "x" * 20000,
    ],
    ids=lambda text: repr(text[:20]),
)
async def test_wrong_signatures(http: httpx.AsyncClient, authorization: str) -> None:
    headers = [(b"authorization", authorization.encode("latin-1"))]
    assert (await http.post("/api/calls/inbound", content=b"{}", headers=headers)).status_code == 401


@pytest.mark.parametrize("path", ["calls", "events"])
async def test_a_gateway_that_talks_nonsense(http: httpx.AsyncClient, centre: Centre, clock: Clock, path: str) -> None:
    keys = st.sampled_from(["id", "from", "to", "call", "state", "sip_code", "sip_phrase"]) | TEXTS
    told = st.dictionaries(keys, ANYTHING, max_size=7)
    fitting = st.fixed_dictionaries(
        {"id": TEXTS, "to": TEXTS} if path == "calls" else {"id": TEXTS, "call": TEXTS, "state": TEXTS},
        optional={"from": TEXTS} if path == "calls" else {"sip_code": ANYTHING, "sip_phrase": TEXTS},
    )
    bodies = [body_of(one) for one in made_up(told | fitting | ANYTHING, 80)] + UNREADABLE
    for number, body in enumerate(bodies):
        clock.advance(0.01)
        headers = {HEADER: sign(body, SECRET, clock().timestamp()), "Content-Type": "application/json"}
        answer = await http.post(f"/api/telephony/{path}", content=body, headers=headers)
        assert answer.status_code in (200, 201, 204, 404, 409, 422), (number, body[:200])
    for header in ("", "t=,v1=", "t=1,v1=\u00e4", "t=9" * 500, "v1=x", "t=\u0661,v1=x", "t=1e5,v1=00"):
        wrong = [(HEADER.encode(), header.encode("utf-8"))]
        assert (await http.post(f"/api/telephony/{path}", content=b"{}", headers=wrong)).status_code == 401
    await assert_consistent(centre.services)


@pytest.mark.once
async def test_a_socket_that_talks_nonsense(centre: Centre, login: SignIn, open_socket: OpenSocket) -> None:
    """Before and after it has said who it is. It is closed with a reason, or nothing happens; others go on."""
    anna = await centre.agent("Anna")
    token = (await login(anna))["Authorization"].removeprefix("Bearer ")
    honest = await open_socket()
    await honest.sign_in(token)
    messages = made_up(st.fixed_dictionaries({}, optional={"type": ANYTHING, "token": ANYTHING}) | ANYTHING | TEXTS, 40)
    for message in messages:
        stranger, known = await open_socket(), await open_socket()
        await known.sign_in(token)
        for socket in (stranger, known):
            socket.send(message)
        assert await stranger.closed() in (4400, 4401, 1009)
        known.send({"type": "ping"})
        if isinstance(message, dict):
            await known.until("pong")
        for socket in (stranger, known):
            await socket.leave()
    honest.send({"type": "ping"})
    await honest.until("pong")


HOSTILE_JSON = [b'{"%s":"\\ud800"}', b'{"%s":"\\u0000"}', b'{"%s":null}', b'{"%s":[]}', b'{"%s":1e400}', b'{"%s":NaN}',
                b'{"%s":"' + b"9" * 60000 + b'"}', b'{"%s":' + b"[" * 20000, b'{"%s":' + b"9" * 5000 + b"}",
                b'{"%s":"\xff"}', b'{"%s":true}', b'{"%s":-0.0}', b'"%s"', b'{"%s"}']  # fmt: skip
FIELDS = {
    "/api/calls/outbound": "number", "/api/calls/join-room": "call_id", "/api/calls/end-room": "call_id",
    "/api/register": "username", "/api/agents/status": "status",
}  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("path", FIELDS)
async def test_bodies_nobody_means(http: httpx.AsyncClient, centre: Centre, login: SignIn, path: str) -> None:
    headers = await login(await centre.agent("Anna"), "Busy") | {"Content-Type": "application/json"}
    method = "PUT" if path.endswith("status") else "POST"
    for body in HOSTILE_JSON:
        sent = body.replace(b"%s", FIELDS[path].encode())
        answer = await http.request(method, path, content=sent, headers=headers)
        assert answer.status_code in (400, 404, 422), (sent[:60], answer.text[:200])
        assert answer.headers["content-type"] == "application/problem+json"
