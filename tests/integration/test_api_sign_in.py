"""Signing in and out over REST, and new accounts."""

import json

import httpx
import pytest

from callcenter.bootstrap import Services
from callcenter.core.domain.agents import SYSTEM, Role
from tests.builders import PASSWORD, Centre, identity
from tests.conftest import MakeAgent, MakeSettings
from tests.integration.conftest import SignIn

PROBLEM = "application/problem+json"
DORA = {"username": "dora", "password": "a long password", "full_name": "Dora Dietz"}


async def test_login_makes_the_agent_available_and_routable(http: httpx.AsyncClient, centre: Centre) -> None:
    anna = await centre.agent("Anna", connected=False, available=False)
    answer = await http.post("/api/login", data={"username": "anna", "password": PASSWORD})
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 480 * 60
    assert body["agent"] == {
        "id": anna.id,
        "username": "anna",
        "full_name": "Anna",
        "status": "Available",
        "livekit_identity": identity(anna),
        "role": "agent",
    }
    call_id = await centre.call_in()
    assert await centre.ringing_at(call_id, anna) == anna, "a program that uses REST only is offered calls"


@pytest.mark.parametrize(("status", "shown"), [("Busy", "Busy"), ("Offline", "Offline"), ("Available", "Available")])
async def test_the_status_can_be_chosen_with_the_login(
    http: httpx.AsyncClient, agent: MakeAgent, status: str, shown: str
) -> None:
    await agent("Anna", available=False, connected=False)
    form = {"username": "anna", "password": PASSWORD, "status": status}
    assert (await http.post("/api/login", data=form)).json()["agent"]["status"] == shown


async def test_an_unknown_status_signs_nobody_in(http: httpx.AsyncClient, agent: MakeAgent) -> None:
    await agent("Anna")
    answer = await http.post("/api/login", data={"username": "anna", "password": PASSWORD, "status": "Asleep"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["errors"][0]["field"] == "status"
    assert PASSWORD not in answer.text


async def test_logout_kills_the_token_and_makes_offline(
    http: httpx.AsyncClient, agent: MakeAgent, login: SignIn, services: Services
) -> None:
    anna, ben = await agent("Anna", connected=False), await agent("Ben")
    hers, his = await login(anna), await login(ben)
    assert (await http.post("/api/logout", headers=hers)).status_code == 204
    assert (await http.get("/api/agents/me", headers=hers)).status_code == 401
    team = (await http.get("/api/agents", headers=his)).json()
    assert {one["username"]: one["status"] for one in team} == {"anna": "Offline", "ben": "Available"}


async def test_logout_waits_for_the_end_of_a_call(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    anna = await centre.agent("Anna")
    headers = await login(anna)
    call_id = await centre.talk(anna)
    refused = await http.post("/api/logout", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "agent_busy")
    await centre.caller_hangs_up(call_id)
    assert (await http.post("/api/logout", headers=headers)).status_code == 204


async def test_registration_is_open_in_development(http: httpx.AsyncClient, services: Services) -> None:
    answer = await http.post("/api/register", json=DORA)
    assert answer.status_code == 201
    assert answer.json()["role"] == "agent"
    assert answer.json()["status"] == "Offline"
    again = await http.post("/api/register", json=DORA)
    assert (again.status_code, again.json()["code"]) == (409, "username_taken")
    form = {"username": "dora", "password": DORA["password"]}
    assert (await http.post("/api/login", data=form)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "short"},
        {"username": "x y"},
        {"username": "a\x00b"},
        {"full_name": ""},
        {"full_name": "a\ud800b"},
        {"full_name": "a\x00b"},
    ],
)
async def test_what_cannot_be_registered(http: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    body = json.dumps(DORA | wrong)
    answer = await http.post("/api/register", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    assert DORA["password"] not in answer.text


class TestInProduction:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings):  # type: ignore[no-untyped-def]
        return make_settings(debug=False, public_url="https://desk.example.com")

    async def test_registration_needs_an_invitation(self, http: httpx.AsyncClient, services: Services) -> None:
        closed = await http.post("/api/register", json=DORA)
        assert (closed.status_code, closed.json()["code"]) == (403, "invitation_invalid")
        invitation = await services.accounts.invite(SYSTEM, Role.SUPERVISOR)
        invited = await http.post("/api/register", json=DORA | {"invitation": invitation})
        assert invited.status_code == 201
        assert invited.json()["role"] == "supervisor", "the invitation decides the role"
        used = await http.post("/api/register", json=DORA | {"invitation": invitation, "username": "eva"})
        assert used.status_code == 403
