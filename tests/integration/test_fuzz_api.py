"""Every operation of the API with input made up from its own description, right and wrong, by whoever asks.

It never fails, and answers only what is written in that description.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, is_check_class, load_all_checks
from starlette.types import ASGIApp

from callcenter.api_app import create_api, guarded
from callcenter.bootstrap import set_services
from callcenter.core.domain.agents import Actor, Presence, Role
from callcenter.platform.http.request_log import Requests
from callcenter.settings import Settings
from callcenter.telephony.gateway.signature import HEADER, sign
from tests.builders import LONG_LEASE, PASSWORD, name_in
from tests.conftest import settings_for
from tests.support.databases import copy_of
from tests.support.fuzz import effort
from tests.support.machine import Stage, hire
from tests.support.signed import SignedMedia, signed

pytestmark = pytest.mark.once

BASE = "http://localhost:3000"
SECRET = "a secret of the gateway 0123456789abcdef"
PEOPLE = {"Anna": Role.AGENT, "Sam": Role.SUPERVISOR, "Ada": Role.ADMIN}
DOCUMENT = create_api().openapi()
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
WEBHOOK, GATEWAY = "/api/calls/inbound", ("/api/telephony/calls", "/api/telephony/events")
OPERATIONS = [
    (f"{method.upper()} {path}", mode)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    for mode in (POSITIVE, NEGATIVE)
    # Nothing is wrong where nothing is asked for.
    if mode is POSITIVE or (path != WEBHOOK and ("requestBody" in operation or "parameters" in operation))
]
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
load_all_checks()
CHECKED = [
    check
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
    if not is_check_class(check := CHECKS.get_one(name))
]
assert len(CHECKED) == 5, "each is a function, as one call of a check needs it"


def gateway_settings(database_url: str) -> Settings:
    return settings_for(
        database_url,
        telephony="webhook",
        telephony_webhook_url="http://127.0.0.1:9/gateway",
        telephony_webhook_secret=SECRET,
    )


class Door:
    """The API as the product serves it, in the loop of a stage, with a day's work behind it."""

    def __init__(self, template: str, home: Path, people: list[Actor]) -> None:
        self.stage = Stage(template, home, gateway_settings, SignedMedia(gateway_settings(template)))
        self.tokens: dict[str, str] = {"": ""}
        self._app: ASGIApp = Requests(guarded(create_api()))
        set_services(self.stage.services)
        self.stage.run(self._a_day(people))

    async def _a_day(self, people: list[Actor]) -> None:
        """A call that was, one that is on, one that rings, one that waits."""
        known, media = self.stage.services, self.stage.media
        for actor in people:
            self.tokens[actor.full_name] = (await known.auth.sign_in(actor.username, PASSWORD, "", "api")).token
            await known.presence.connect(actor, "api", LONG_LEASE)
        anna, sam, _ = people
        for actor in (anna, sam):
            await known.presence.set(actor, Presence.AVAILABLE)
        for number in range(4):
            media.caller_joins(f"call_{number}", f"+49304444{number}")
        media.leaves("call_3", "sip_+493044443")
        await self._deliver()
        desk = await known.desk.view(anna)
        await known.calls.answer(anna, desk.offer.call_id)
        room = (await known.history.detail(anna, desk.offer.call_id)).call.room_name
        name = await name_in(known, room, anna)
        media.agent_joins(room, name)
        media.publishes(room, name)
        await self._deliver()

    async def _deliver(self) -> None:
        news, self.stage.media.outbox = self.stage.media.outbox, []
        for one in news:
            await self.stage.services.intake.webhook(*self.stage.media.seal(one))

    def ask(self, request: Callable[[httpx.AsyncClient], Any]) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=True, client=("127.0.0.1", 50000))
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                answer: httpx.Response = await request(client)
                return answer

        return self.stage.run(send())

    def close(self) -> None:
        set_services(None)
        self.stage.close()


Open = Callable[[], Door]


@pytest.fixture(scope="module")
def open_door(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    home = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch, copy_of(migrated, home) as template:
        few = bcrypt.gensalt(4)
        patch.setattr("callcenter.accounts.passwords._nobody", lambda: bcrypt.hashpw(b"x", few).decode())
        patch.setattr(bcrypt, "gensalt", lambda *_: few)
        people = hire(template, settings_for, **PEOPLE)
        yield lambda: Door(template, home, people)


@pytest.mark.parametrize(("operation", "mode"), OPERATIONS)
def test_every_operation(open_door: Open, operation: str, mode: GenerationMode) -> None:
    method, path = operation.split(" ")
    described = SCHEMA[path][method]
    door = open_door()

    @effort(6)
    @given(case=described.as_strategy(generation_mode=mode), who=st.sampled_from(["", *PEOPLE]), near=st.integers(0, 6))
    def answers_as_described(case: Case[Any], who: str, near: int) -> None:
        if near and "call_id" in (case.path_parameters or {}) and mode is POSITIVE:
            case.path_parameters["call_id"] = near
        response = send(door, case, who)
        case.validate_response(response, checks=CHECKED)

    try:
        answers_as_described()
    finally:
        door.close()


def send(door: Door, case: Case[Any], who: str) -> httpx.Response:
    """With the token of that person; what has to be signed is signed by somebody as often as not."""
    wanted = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    body = wanted.body.encode() if isinstance(wanted.body, str) else wanted.body or b""
    method, url = wanted.method, wanted.url
    assert method is not None
    assert url is not None
    assert isinstance(body, bytes)
    headers = {name: value for name, value in wanted.headers.items() if name not in ("Authorization", HEADER)}
    if case.path == WEBHOOK and who:
        headers["Authorization"] = signed(body, door.stage.settings)
    elif case.path in GATEWAY and who:
        headers[HEADER] = sign(body, SECRET, door.stage.clock().timestamp())
    elif who:
        headers["Authorization"] = f"Bearer {door.tokens[who]}"
    raw = [
        (name.encode("latin-1"), value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in headers.items()
    ]
    return door.ask(lambda client: client.request(method, url, content=body, headers=raw))
