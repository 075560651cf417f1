"""What a gateway may ask, and what nobody else may."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from callcenter.core.domain.agents import SYSTEM
from callcenter.core.ports.media_server import SIP_DIALED, SIP_NUMBER, SIP_STATUS
from callcenter.settings import Settings
from tests.builders import Centre
from tests.conftest import MakeSettings
from tests.fakes import Clock
from tests.support.gateway import HEADER, SECRET, signature

OLD_SECRET = "an older secret of the gateway 0123456789"
CALL = {"id": "gw-1", "from": "+4915112345678", "to": "+4930901820"}
Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def settings(make_settings: MakeSettings, tmp_path: Path) -> Settings:
    plan = tmp_path / "telephony.toml"
    plan.write_text('[[numbers]]\nnumber = "+49 30 901820"\nlabel = "Support"\n')
    return make_settings(
        telephony="webhook",
        telephony_webhook_url="http://127.0.0.1:9/",
        telephony_webhook_secret=f"{SECRET},{OLD_SECRET}",
        telephony_file=str(plan),
    )


@pytest.fixture
def send(http: httpx.AsyncClient, clock: Clock) -> Send:
    """Send something signed; ``age`` seconds ago, or with another secret."""

    async def post(
        where: str, what: dict[str, Any] | bytes, *, age: float = 0, secret: str = SECRET, header: str | None = None
    ) -> httpx.Response:
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        made = signature(body, secret, clock().timestamp() - age) if header is None else header
        return await http.post(f"/api/telephony/{where}", content=body, headers={HEADER.encode(): made.encode()})

    return post


def news(call: str, state: str = "ringing", event_id: str = "n1", **more: Any) -> dict[str, Any]:
    return {"id": event_id, "call": call, "state": state, **more}


async def test_a_caller_gets_a_room_and_is_a_call_once_they_are_in_it(send: Send, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    answer = await send("calls", CALL)
    assert answer.status_code == 201, answer.text
    room = answer.json()
    assert set(room) == {"room", "url", "token", "identity"}
    assert room["room"].startswith("call_")
    assert (await centre.desk(anna)).offer.id == 0, "nobody is there yet"
    attributes = {SIP_NUMBER: CALL["from"], SIP_DIALED: CALL["to"], SIP_STATUS: "ringing"}
    centre.media._joins(room["room"], room["identity"], phone=True, attributes=attributes)
    await centre.deliver()
    assert (await centre.offer(anna)).caller_id == CALL["from"]


async def test_asked_again_it_is_the_same_room(send: Send, clock: Clock) -> None:
    first = await send("calls", CALL)
    clock.advance(1)
    again = await send("calls", CALL)
    assert (again.status_code, again.json()["room"]) == (200, first.json()["room"])
    clock.advance(1)
    other = await send("calls", CALL | {"id": "gw-2"})
    assert other.json()["room"] != first.json()["room"]


async def test_a_call_that_has_ended_does_not_begin_again(send: Send, centre: Centre) -> None:
    room = (await send("calls", CALL)).json()["room"]
    await centre.call_in(room=room)
    await centre.caller_hangs_up((await centre.by_room(room)).id or 0)
    centre.clock.advance(1)
    again = await send("calls", CALL)
    assert (again.status_code, again.json()["code"]) == (409, "call_over")


async def test_numbers_that_are_not_ours(send: Send, centre: Centre) -> None:
    for _ in range(3):
        refused = await send("calls", CALL | {"to": "+49 30 5555555"})
        assert (refused.status_code, refused.json()["code"]) == (404, "number_unknown")
        centre.clock.advance(1)
    (entry,) = await centre.services.audit.list(SYSTEM)
    assert (entry.action, entry.subject) == ("caller.refused", "+49305555555")
    assert (await send("calls", CALL | {"to": "030 901820"})).status_code == 201, "however it is written"


@pytest.mark.parametrize(
    "change",
    [
        {"header": ""},
        {"header": "t=1,v1=00"},
        {"header": "t=nan,v1=00"},
        {"header": "v1=00"},
        {"header": "t=٣,v1=00"},
        {"header": "t=1772442000,v1=é"},
        {"header": "," * 100_00},
        {"secret": "somebody else's secret 0123456789abcdef"},
        {"age": 301},
        {"age": -301},
    ],
)
async def test_what_is_not_signed_here_and_now(send: Send, change: dict[str, Any]) -> None:
    for where, body in (("calls", CALL), ("events", news("out_1"))):
        refused = await send(where, body, **change)
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in"), refused.text


async def test_a_signature_belongs_to_one_body(send: Send, clock: Clock) -> None:
    made = signature(json.dumps(CALL).encode(), SECRET, clock().timestamp())
    assert (await send("calls", CALL | {"to": "+4930901821"}, header=made)).status_code == 401


async def test_a_request_that_was_caught_is_of_no_use(send: Send) -> None:
    assert (await send("calls", CALL)).status_code == 201
    replayed = await send("calls", CALL)
    assert (replayed.status_code, replayed.json()["code"]) == (409, "seen_before")


async def test_what_was_signed_for_something_else_is_of_no_use(send: Send, centre: Centre) -> None:
    """Orders to the gateway are signed with the same secret and name numbers, too."""
    order = {"action": "dial", "id": "out_1", "to": CALL["to"], "from": CALL["from"], "ring_seconds": 45, "room": {}}
    both = CALL | news((await centre.services.calls.dial(await centre.agent("Anna"), "030 1234567")).room_name)
    for where, body in (("calls", order), ("calls", both), ("events", both)):
        refused = await send(where, body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input"), refused.text


async def test_either_of_two_secrets_is_believed(send: Send) -> None:
    assert (await send("calls", CALL, secret=OLD_SECRET)).status_code == 201


@pytest.mark.parametrize("where", ["calls", "events"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{" * 5000,
        b'{"id": 1}',
        b'{"id": "a\\u0000b", "from": "", "to": "1", "call": "x", "state": "ringing"}',
        b'{"id": "%s", "to": "1", "call": "x", "state": "ringing"}' % (b"x" * 129),
        b'{"id": "a", "from": "\\ud800", "to": "1", "call": "x", "state": "ringing\\ud800"}',
        b'{"id": "a", "from": 5, "to": {}, "call": [], "state": "melting"}',
        b'{"id": "a", "to": "1\\u0000", "call": "x", "state": "failed", "sip_code": 99999}',
    ],
)
async def test_nonsense_is_answered_as_such(send: Send, where: str, body: bytes) -> None:
    answer = await send(where, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text


async def test_too_much_is_not_read(send: Send) -> None:
    assert (await send("calls", b" " * 70_000)).status_code == 413


async def test_news_of_a_phone(send: Send, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    room = (await centre.services.calls.dial(anna, "030 1234567")).room_name
    assert (await send("events", news(room))).status_code == 204
    assert (await centre.by_room(room)).state.value == "ringing"
    for _ in range(2):
        busy = news(room, "failed", "n2", sip_code=486, sip_phrase="Busy Here")
        assert (await send("events", busy)).status_code == 204
    call = await centre.by_room(room)
    assert (call.state.value, call.end_reason) == ("rejected", "busy")
    late = await send("events", news(room, "answered", "n3"))
    assert late.status_code == 204
    assert (await centre.by_room(room)).state.value == "rejected", "an end was overwritten"


async def test_news_of_no_call_of_ours(send: Send, centre: Centre) -> None:
    inbound = await centre.by_room((await centre.call(await centre.call_in())).livekit_room_name)
    for room in ("out_nothing", inbound.livekit_room_name):
        answer = await send("events", news(room, "answered"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await centre.by_room(inbound.livekit_room_name)).state is inbound.state


class TestElsewhere:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(telephony_webhook_secret=SECRET)

    async def test_without_a_gateway_there_is_nothing(self, send: Send) -> None:
        for where, body in (("calls", CALL), ("events", news("out_1"))):
            assert (await send(where, body)).status_code == 404


def test_the_settings_of_a_gateway_are_checked_at_the_start(make_settings: MakeSettings) -> None:
    for changes in (
        {},
        {"telephony_webhook_url": "gateway.example.com", "telephony_webhook_secret": SECRET},
        {"telephony_webhook_url": "https://gateway.example.com:99999", "telephony_webhook_secret": SECRET},
        {"telephony_webhook_url": "https://[gateway", "telephony_webhook_secret": SECRET},
        {"telephony_webhook_url": "https://gateway.example.com", "telephony_webhook_secret": f"{SECRET},short"},
    ):
        with pytest.raises(ValueError, match="TELEPHONY_WEBHOOK_"):
            make_settings(telephony="webhook", **changes)
