"""Whatever a request can say, said too large, too long or too far away: by enumeration of all that is taken.

It is refused with 422 wherever a bound is crossed, and nothing ever answers 5xx.
"""

import base64
import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from callcenter.api_app import create_api
from callcenter.bootstrap import Services
from callcenter.core.domain.agents import Actor, Role
from callcenter.platform.errors import DatabaseUnavailable
from callcenter.settings import Settings
from callcenter.telephony.gateway.signature import HEADER, sign
from tests.builders import PASSWORD
from tests.conftest import MakeAgent, MakeSettings
from tests.integration.conftest import OpenSocket, SignIn
from tests.support.asgi_socket import Closed

SECRET = "a secret of the gateway 0123456789abcdef"
NINES = "9" * 5000
NUMBERS = ["-1", "9" * 12, "-" + "9" * 30, NINES, "1e400", "NaN", "0x10", "٣", "", "1.5"]
INSTANTS = [
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
    "2026-11-22T08:00:00", "2026-11-22T08:00:00+99:00", "1e300", NINES, "-" + "9" * 30, "\0", "x" * 10_000,
]  # fmt: skip
WORDS = ["x" * 10_000, "\0" * 500, "\ud800" * 500, NINES]
ODD = ["\0", "\ud800", "\u202e", "9" * 60, "'; DROP TABLE agent; --", "%", "{{7*7}}"]
"""Within every bound, and strange: taken or refused, and no more."""
EXTREMES = {
    "integer": NUMBERS,
    "date-time": INSTANTS,
    "boolean": ["maybe", NINES, "\0", "2"],
    "one of": ["maybe", NINES, "\0", "\ud800"],
    "string": WORDS,
}
EMPTY_IS_NONE = {"since", "until", "direction", "status", "agent_id"}
"""A form sends every field, the empty ones as well."""


@dataclass(frozen=True)
class Part:
    """Something that one operation takes."""

    method: str
    path: str
    name: str
    where: str
    schema: dict[str, Any]
    others: dict[str, Any]
    """What else its body has to say."""

    @property
    def kind(self) -> str:
        known = ("date-time" if self.schema.get("format") == "date-time" else "") or str(self.schema["type"])
        return "one of" if {"enum", "const"} & self.schema.keys() else known

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.name}"


def document() -> dict[str, Any]:
    """All operations, those that are described to nobody as well."""
    routes = []
    for one in create_api().routes:
        for route in getattr(getattr(one, "original_router", None), "routes", [one]):
            if isinstance(route, APIRoute) and "rest" not in route.path:
                shown = copy.copy(route)
                shown.include_in_schema = True
                routes.append(shown)
    return get_openapi(title="all", version="1", routes=routes)


def parts(api: dict[str, Any]) -> Iterator[Part]:
    def plain(schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return plain(api["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        some = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
        return {**plain(some[0]), **{k: v for k, v in schema.items() if k != "anyOf"}} if some else schema

    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            for one in operation.get("parameters", []):
                yield Part(method, path, one["name"], one["in"], plain(one["schema"]), {})
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                if "schema" not in content:
                    continue
                fields = {name: plain(one) for name, one in plain(content["schema"])["properties"].items()}
                fitting = {name: one["examples"][0] for name, one in fields.items() if "examples" in one}
                where = "json" if kind == "application/json" else "form"
                for name, field in fields.items():
                    yield Part(method, path, name, where, field, fitting)


PARTS = [one for one in parts(document()) if one.where not in ("header", "cookie")]
UNBOUNDED = {
    "post /auth/sign-in", "post /auth/password", "post /auth/end-others",
}  # fmt: skip
"""Forms of our own pages: they lead back to their page with a word, whatever was typed."""


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(
        telephony="webhook", telephony_webhook_url="http://127.0.0.1:9/gateway", telephony_webhook_secret=SECRET
    )


@pytest.fixture
async def ada(agent: MakeAgent) -> Actor:
    return await agent("Ada", Role.ADMIN)


@pytest.fixture
async def session(http: httpx.AsyncClient, services: Services, ada: Actor, login: SignIn) -> httpx.AsyncClient:
    """Signed in both ways; nobody tries passwords here."""
    http.headers.update(await login(ada))
    signed = await services.auth.sign_in("ada", PASSWORD, "203.0.113.1", "desk")
    http.cookies.set(services.settings.session_cookie, signed.token)
    return http


def test_what_is_taken_is_known() -> None:
    found = {str(one) for one in PARTS}
    assert {
        "get /api/calls since", "get /api/calls after", "get /auth/history.csv agent_id", "get /api/audit before",
        "post /api/calls/{call_id}/answer call_id", "post /api/calls/join-room call_id", "post /api/login username",
        "post /api/telephony/events sip_code", "post /auth/sign-in next", "get /docs/{name} name",
    } <= found  # fmt: skip
    assert {one.kind for one in PARTS} == set(EXTREMES)


@pytest.mark.parametrize("part", [one for one in PARTS if one.kind == "string"], ids=str)
def test_every_text_has_its_length(part: Part) -> None:
    bounded = {"maxLength", "pattern", "const"} & part.schema.keys()
    assert bounded or f"{part.method} {part.path}" in UNBOUNDED or part.where == "path"


async def send(client: httpx.AsyncClient, services: Services, part: Part, value: Any) -> httpx.Response:
    path = part.path.replace("{" + part.name + "}", _quoted(value)) if part.where == "path" else part.path
    more: dict[str, Any] = {"headers": {}}
    if part.where == "query":
        path += f"?{part.name}={_quoted(value)}"
    elif part.where == "form":
        said = {**part.others, part.name: value}
        more["content"] = "&".join(f"{name}={_quoted(one)}" for name, one in said.items()).encode()
        more["headers"]["Content-Type"] = "application/x-www-form-urlencoded"
    elif part.where == "json":
        more["content"] = json.dumps({**part.others, part.name: value}).encode()
        more["headers"] |= {"Content-Type": "application/json"}
        if part.path.startswith("/api/telephony/"):
            more["headers"][HEADER] = sign(more["content"], SECRET, services.units.clock().timestamp())
    return await client.request(part.method.upper(), path, **more)


def _quoted(value: Any) -> str:
    raw = str(value).encode("utf-8", "surrogatepass")
    return "".join(f"%{byte:02X}" for byte in raw)


@pytest.mark.parametrize("part", PARTS, ids=str)
async def test_what_is_out_of_bounds_is_refused(session: httpx.AsyncClient, services: Services, part: Part) -> None:
    extremes: list[Any] = list(EXTREMES[part.kind])
    if part.where == "json":
        extremes += [10**40, -(10**40), True, None, [], {}, 1e308] if part.kind == "integer" else [[], {}, 10**40]
    for value in extremes:
        answer = await send(session, services, part, value)
        assert answer.status_code < 500, value
        if (value == "" and (part.name in EMPTY_IS_NONE or part.where == "path")) or value is True:
            continue
        if part.where == "path" and part.kind == "string":
            assert answer.status_code == 404
        elif f"{part.method} {part.path}" in UNBOUNDED:
            assert answer.status_code == 303
        else:
            assert answer.status_code == 422, (str(value)[:60], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("part", [one for one in PARTS if one.kind == "string"], ids=str)
async def test_what_is_strange_does_no_harm(session: httpx.AsyncClient, services: Services, part: Part) -> None:
    for value in ODD:
        answer = await send(session, services, part, value)
        assert answer.status_code < 500, value


def _key(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


NOW = "2026-11-22T08:00:00+00:00"
KEYS = [
    _key(f"{NOW} -{'9' * 30}"), _key(f"{NOW} {'9' * 30}"), _key(f"{NOW} {NINES[:100]}"), _key(f"{NOW} 0"),
    _key("0001-01-01T00:00:00+14:00 1"), _key("9999-12-31T23:59:59-14:00 1"), _key("2026-11-22T08:00:00 1"),
    _key(NOW), _key(f"{NOW} 1 1"), _key("\0 1"), "\0", "%ff", "€", "====", "x" * 200,
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=lambda key: repr(key[:40]))
async def test_a_key_of_no_page_is_refused(session: httpx.AsyncClient, key: str) -> None:
    answer = await session.get("/api/calls", params={"after": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("token", ["\ud800", "\0", NINES[:4000], "a.b.c", "", "€.€.€"], ids=ascii)
async def test_a_token_of_nobody_ends_an_event_socket(open_socket: OpenSocket, token: str) -> None:
    socket = await open_socket()
    socket.send(json.dumps({"type": "auth", "token": token}))
    with pytest.raises(Closed) as closed:
        await socket.receive()
    assert closed.value.code == 4401


async def test_a_file_that_cannot_be_read_does_not_begin(
    session: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is an answer of its own, never the end of a file that seemed to come."""

    async def no(*_: object) -> None:
        raise DatabaseUnavailable()

    monkeypatch.setattr("callcenter.history.store.page", no)
    for path in ("/api/calls.csv", "/auth/history.csv"):
        answer = await session.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
