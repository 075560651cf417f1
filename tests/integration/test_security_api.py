"""Each promise about security, tried from outside."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import bcrypt
import httpx
import jwt
import pytest
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from callcenter.accounts.authentication import PER_ACCOUNT, PER_ADDRESS
from callcenter.audit.domain import AuditAction
from callcenter.bootstrap import Services
from callcenter.core.domain.agents import SYSTEM, Role
from callcenter.core.store import agents
from callcenter.platform.http.client_address import client_address
from callcenter.settings import Settings
from tests.builders import PASSWORD, Centre
from tests.conftest import MakeAgent, MakeSettings
from tests.fakes import Clock
from tests.integration.conftest import CLIENT, SignIn

WRONG = {"username": "anna", "password": "wrong password"}


async def attempt(http: httpx.AsyncClient, username: str, password: str, **headers: str) -> httpx.Response:
    return await http.post("/api/login", data={"username": username, "password": password}, headers=headers)


# Who signs in


async def test_unknown_and_wrong_are_told_alike_and_take_as_long(
    http: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes the time is bcrypt, and every answer has to pay for one check of the same cost."""
    paid: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        paid.append(hashed[:7])  # the variant and the cost
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    await services.accounts.add(SYSTEM, "anna", PASSWORD, "Anna", Role.AGENT)
    await services.accounts.add(SYSTEM, "ben", PASSWORD, "Ben", Role.AGENT)
    ben = await services.accounts.find(SYSTEM, "ben")
    await services.accounts.disable(SYSTEM, ben.id)

    answers = [await attempt(http, username, "wrong password") for username in ("anna", "nobody", "ben")]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1, "the answers tell accounts apart"
    assert len(paid) == 3, "one of them answers without the work"
    assert len(set(paid)) == 1, f"the time tells accounts apart: {paid}"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("an\x00na", "x"),
        ("anna", "a\x00b"),
        ("a" * 5000, "b" * 5000),
        ("", ""),
        ("ä\u202e", "ß" * 60),
        ("' OR 1=1 --", "x"),
    ],
)
async def test_odd_credentials_are_wrong_ones(
    http: httpx.AsyncClient, agent: MakeAgent, username: str, password: str
) -> None:
    await agent("Anna")
    form = await http.post("/auth/sign-in", data={"username": username, "password": password})
    assert "error=wrong_credentials" in form.headers["location"]
    assert (await attempt(http, username, password)).status_code in (401, 422)


async def test_attempts_on_one_account_are_limited(
    http: httpx.AsyncClient, agent: MakeAgent, clock: Clock, services: Services
) -> None:
    await agent("Anna")
    await agent("Ben")
    for _ in range(PER_ACCOUNT):
        assert (await attempt(http, **WRONG)).status_code == 401
    stopped = await attempt(http, "anna", PASSWORD)
    assert (stopped.status_code, stopped.json()["code"]) == (429, "too_many_attempts")
    assert stopped.headers["retry-after"] == "300"
    assert (await attempt(http, " ANNA ", PASSWORD)).status_code == 429, "another spelling of the same account"
    assert (await attempt(http, "ben", PASSWORD)).status_code == 200, "others are not locked out"
    form = await http.post("/auth/sign-in", data={"username": "anna", "password": PASSWORD})
    assert "error=too_many_attempts" in form.headers["location"]
    clock.advance(301)
    assert (await attempt(http, "anna", PASSWORD)).status_code == 200


async def test_many_attempts_at_once_are_no_way_around(http: httpx.AsyncClient, agent: MakeAgent) -> None:
    await agent("Anna")
    answers = await asyncio.gather(*(attempt(http, **WRONG) for _ in range(4 * PER_ACCOUNT)))
    assert sorted(answer.status_code for answer in answers) == [401] * PER_ACCOUNT + [429] * 3 * PER_ACCOUNT


async def test_attempts_from_one_address_are_limited(http: httpx.AsyncClient, agent: MakeAgent) -> None:
    await agent("Anna")
    for number in range(PER_ADDRESS):
        forged = {"X-Forwarded-For": f"203.0.113.{number}"}
        assert (await attempt(http, f"nobody{number}", "wrong", **forged)).status_code == 401
    assert (await attempt(http, "anna", PASSWORD, **{"X-Forwarded-For": "203.0.113.99"})).status_code == 429


def from_address(app: ASGIApp, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 50000))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:3000")


async def test_attempts_from_one_ipv6_network_are_limited_together(
    app: ASGIApp, agent: MakeAgent, services: Services
) -> None:
    """A customer of a network has all addresses of a /64, and each of them has many spellings."""
    admin = await agent("Ada", Role.ADMIN)
    spellings = [f"2001:DB8:1:1:0::{number:x}" for number in range(PER_ADDRESS)]
    for number, address in enumerate(spellings):
        async with from_address(app, address) as client:
            assert (await attempt(client, f"nobody{number}", "wrong")).status_code == 401
    async with from_address(app, "2001:db8:1:1:ffff::9") as same, from_address(app, "2001:db8:1:2::9") as next_door:
        assert (await attempt(same, "ada", PASSWORD)).status_code == 429
        assert (await attempt(next_door, "ada", PASSWORD)).status_code == 200
    (throttled,) = await services.audit.list(admin, action=AuditAction.SIGN_IN_THROTTLED)
    assert (throttled.subject, throttled.detail["address"]) == ("2001:db8:1:1::/64", "2001:db8:1:1:ffff::9")
    shown = {one.address for one in await services.sign_ins.list(admin)}
    assert shown == {"2001:db8:1:2::9"}, "people see the address itself"


async def test_one_address_written_in_two_ways_counts_once(app: ASGIApp, agent: MakeAgent) -> None:
    await agent("Anna")
    for number in range(PER_ADDRESS):
        async with from_address(app, ("203.0.113.7", "::ffff:203.0.113.7")[number % 2]) as client:
            assert (await attempt(client, f"nobody{number}", "wrong")).status_code == 401
    async with from_address(app, "203.0.113.7") as client:
        assert (await attempt(client, "anna", PASSWORD)).status_code == 429


async def test_somebody_who_has_signed_in_from_this_network_is_not_locked_out_by_others(
    app: ASGIApp, agent: MakeAgent
) -> None:
    """Machines change their IPv6 address every day, within the network."""
    await agent("Anna")
    async with from_address(app, "2001:db8:1:1::1") as yesterday:
        assert (await attempt(yesterday, "anna", PASSWORD)).status_code == 200
    async with from_address(app, "198.51.100.9") as stranger:
        for _ in range(PER_ACCOUNT):
            await attempt(stranger, **WRONG)
        assert (await attempt(stranger, **WRONG)).status_code == 429
    async with from_address(app, "2001:db8:1:1:abcd::2") as today:
        assert (await attempt(today, "anna", PASSWORD)).status_code == 200


class TestBehindAProxy:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(trusted_proxies=f"{CLIENT[0]}, 10.0.0.1")

    async def test_the_trusted_proxy_is_believed(
        self, http: httpx.AsyncClient, agent: MakeAgent, services: Services
    ) -> None:
        from callcenter.accounts import store as accounts_store

        await agent("Anna")
        claimed = "1.2.3.4, 203.0.113.5, 10.0.0.1"
        await attempt(http, **WRONG, **{"X-Forwarded-For": claimed})
        await attempt(http, **WRONG, **{"X-Forwarded-For": "not an address"})
        async with services.units.reading() as (session, now):
            since = now - timedelta(minutes=1)
            counts = {
                address: (await accounts_store.failures(session, "-", address, since))[1]
                for address in ("1.2.3.4", "203.0.113.5", CLIENT[0])
            }
        assert counts == {"1.2.3.4": 0, "203.0.113.5": 1, CLIENT[0]: 1}, "only the last untrusted address counts"

    @pytest.mark.parametrize(
        ("proxies", "proxy", "claimed", "counted"),
        [
            ("127.0.0.0/8", "127.0.0.5", "203.0.113.7", "203.0.113.7"),
            ("127.0.0.1", "127.0.0.1", "203.0.113.7:51008", "203.0.113.7"),
            ("127.0.0.1", "127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
            ("127.0.0.1", "127.0.0.1", "2001:DB8:0::1", "2001:db8::1"),
            ("127.0.0.1", "::1", "203.0.113.7", "203.0.113.7"),
            ("127.0.0.1", "::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.0/8,fd00::/8", "fd00::5", "203.0.113.7, 10.9.9.9:80", "203.0.113.7"),
            ("10.0.0.0/8", "127.0.0.1", "203.0.113.7", "127.0.0.1"),
            ("127.0.0.1", "", "203.0.113.7", ""),
        ],
    )
    def test_proxies_say_it_in_many_ways(
        self, make_settings: MakeSettings, proxies: str, proxy: str, claimed: str, counted: str
    ) -> None:
        headers = [(b"x-forwarded-for", claimed.encode())]
        client = (proxy, 50000) if proxy else None
        scope = {"type": "http", "headers": headers, "client": client}
        assert client_address(HTTPConnection(scope), make_settings(trusted_proxies=proxies)) == counted


# Tokens


async def test_forged_foreign_and_dead_tokens(
    http: httpx.AsyncClient, services: Services, agent: MakeAgent, login: SignIn, settings: Settings, clock: Clock
) -> None:
    anna = await agent("Anna")
    good = (await login(anna))["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(good, options={"verify_signature": False})
    desk = await services.auth.sign_in("anna", PASSWORD, "203.0.113.1", "desk")

    async def status(token: str) -> int:
        return (await http.get("/api/agents/me", headers={"Authorization": f"Bearer {token}"})).status_code

    assert await status(good) == 200
    header, payload, signature = good.split(".")
    for bad in (
        "",
        "nonsense",
        f"{header}.{payload}.{signature[::-1]}",
        jwt.encode(claims, "another key that is long enough, really", "HS256"),
        jwt.encode(claims, "", "none"),
        jwt.encode(claims | {"aud": "desk"}, settings.secret_key, "HS256"),
        jwt.encode({"aud": "api", "sub": "1"}, settings.secret_key, "HS256"),
        jwt.encode(claims | {"sid": "made up"}, settings.secret_key, "HS256"),
        jwt.encode(claims | {"sid": {"a": 1}}, settings.secret_key, "HS256"),
        desk.token,
        "ä",
    ):
        token = bad.encode() if not bad.isascii() else bad
        answer = await http.get("/api/agents/me", headers=[(b"Authorization", b"Bearer " + _bytes(token))])
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), bad
    clock.advance(480 * 60 + 1)
    assert await status(good) == 401, "expired"


def _bytes(token: str | bytes) -> bytes:
    return token if isinstance(token, bytes) else token.encode()


async def test_a_disabled_account_and_a_reset_password_end_every_token(
    http: httpx.AsyncClient, services: Services, agent: MakeAgent, login: SignIn
) -> None:
    anna, ben = await agent("Anna", connected=False), await agent("Ben", connected=False)
    hers, his = await login(anna), await login(ben)
    await services.accounts.disable(SYSTEM, anna.id)
    await services.accounts.reset(SYSTEM, ben.id, "another password")
    for headers in (hers, his):
        assert (await http.get("/api/agents/me", headers=headers)).status_code == 401
    team = await services.team.view(SYSTEM)
    assert [member.status for member in team.members] == ["Offline"], "nothing of theirs counts as connected"
    assert (await attempt(http, "anna", PASSWORD)).status_code == 401


# Whose is it


async def test_an_agent_reaches_only_their_own_calls(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben", available=False)
    call_id = await centre.talk(anna)
    his = await login(ben, "Busy")
    sams = await login(await centre.agent("Sam", Role.SUPERVISOR, available=False), "Busy")
    for method, path, body in (
        ("GET", f"/api/calls/{call_id}", None),
        ("POST", f"/api/calls/{call_id}/hangup", None),
        ("POST", "/api/calls/join-room", {"call_id": call_id}),
        ("POST", "/api/calls/end-room", {"call_id": call_id}),
        ("POST", f"/api/calls/{call_id}/answer", None),
        ("POST", f"/api/calls/{call_id}/reject", None),
    ):
        answer = await http.request(method, path, json=body, headers=his)
        missing = await http.request(
            method, path.replace(str(call_id), "999"), json={"call_id": 999} if body else None, headers=his
        )
        assert answer.status_code == 404, path
        assert answer.content == missing.content, "a call of somebody else looks like none"
    assert (await http.get("/api/calls", headers=his)).json()["items"] == []
    assert len((await http.get("/api/calls.csv", headers=his)).text.splitlines()) == 1
    for path in ("/api/calls", "/api/calls.csv"):
        assert (await http.get(path, params={"agent_id": anna.id}, headers=his)).status_code == 403
    assert (await http.get(f"/api/calls/{call_id}", headers=sams)).status_code == 200, "supervisors see all"
    assert len((await http.get("/api/calls", headers=sams)).json()["items"]) == 1
    assert (await http.post(f"/api/calls/{call_id}/hangup", headers=sams)).status_code == 404, "but touch nothing"
    assert (await centre.call(call_id)).ended_at is None


async def test_no_password_hash_ever_leaves(
    http: httpx.AsyncClient, services: Services, centre: Centre, login: SignIn
) -> None:
    anna = await centre.agent("Anna")
    headers = await login(anna)
    call_id = await centre.talk(anna)
    async with services.units.reading() as (session, _):
        row = await agents.by_id(session, anna.id)
        hashed = row.hashed_password if row else ""
    answers = [await attempt(http, "anna", PASSWORD)]
    new = {"username": "dora", "password": PASSWORD, "full_name": "Dora"}
    answers.append(await http.post("/api/register", json=new))
    for path in ("agents/me", "agents", "agents/available", "calls", "calls.csv", f"calls/{call_id}"):
        answers.append(await http.get(f"/api/{path}", headers=headers))
    answers.append(await http.put("/api/agents/status", json={"status": "Available"}, headers=headers))
    for answer in answers:
        assert answer.is_success
        assert hashed not in answer.text
        assert "password" not in answer.text
        assert "$2b$" not in answer.text


# Forms and bodies


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/\t/evil.example", " //evil.example", "/%0d%0aSet-Cookie:x=1\r\nX: y", "evil", "", "///evil.example",
        "/sign-in", "/auth/sign-out", "/ä",
    ],
)  # fmt: skip
async def test_next_never_leads_away(http: httpx.AsyncClient, agent: MakeAgent, target: str) -> None:
    await agent("Anna")
    answer = await http.post("/auth/sign-in", data={"username": "anna", "password": PASSWORD, "next": target})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    failed = await http.post("/auth/sign-in", data=WRONG | {"next": target})
    assert failed.headers["location"] == "/sign-in?error=wrong_credentials&next=%2F"


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({}, True),
        ({"Origin": "http://localhost:3000"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:3000"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"}, False),
    ],
)
async def test_forms_of_other_sites_are_refused(
    http: httpx.AsyncClient, agent: MakeAgent, headers: dict[str, str], accepted: bool
) -> None:
    await agent("Anna")
    form = {"username": "anna", "password": PASSWORD}
    answer = await http.post("/auth/sign-in", data=form, headers=headers)
    assert answer.status_code == (303 if accepted else 403)
    assert ("set-cookie" in answer.headers) is accepted
    assert (await http.post("/auth/sign-out", headers=headers)).status_code == (303 if accepted else 403)


async def test_the_cookie_of_the_desk_opens_no_api(http: httpx.AsyncClient, agent: MakeAgent) -> None:
    await agent("Anna")
    await http.post("/auth/sign-in", data={"username": "anna", "password": PASSWORD})
    assert (await http.get("/api/agents/me")).status_code == 401


@pytest.mark.parametrize("path", ["/api/login", "/api/register", "/auth/sign-in", "/api/calls/outbound"])
async def test_large_bodies_are_refused(http: httpx.AsyncClient, path: str) -> None:
    large = b"x" * (64 * 1024 + 1)

    async def unannounced() -> AsyncIterator[bytes]:
        yield large[:40000]
        yield large[:40000]

    for content in (large, unannounced()):
        answer = await http.post(path, content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code in (413, 401), path
        assert answer.headers["content-type"] == "application/problem+json"
