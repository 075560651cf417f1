"""Agents over REST: who is there, and choosing a status."""

import httpx

from callcenter.core.domain.agents import Role
from tests.builders import Centre, identity
from tests.conftest import MakeAgent
from tests.integration.conftest import SignIn

OUTSIDE = {"id", "username", "full_name", "status", "livekit_identity", "role"}


async def test_agents_as_others_see_them(http: httpx.AsyncClient, agent: MakeAgent, login: SignIn) -> None:
    anna = await agent("Anna")
    await agent("Ben", Role.SUPERVISOR, available=False)
    headers = await login(anna)
    me = (await http.get("/api/agents/me", headers=headers)).json()
    everyone = (await http.get("/api/agents", headers=headers)).json()
    available = (await http.get("/api/agents/available", headers=headers)).json()
    assert (me["username"], me["status"], me["livekit_identity"]) == ("anna", "Available", identity(anna))
    assert [(one["username"], one["status"], one["role"]) for one in everyone] == [
        ("anna", "Available", "agent"),
        ("ben", "Offline", "supervisor"),
    ]
    assert available == [me]
    assert all(set(one) == OUTSIDE for one in [me, *everyone])


async def test_choosing_a_status(http: httpx.AsyncClient, agent: MakeAgent, login: SignIn) -> None:
    headers = await login(await agent("Anna"))

    async def choose(**change: str) -> tuple[int, str]:
        answer = await http.put("/api/agents/status", json=change, headers=headers)
        return answer.status_code, answer.json().get("status")

    assert await choose(status="Busy", reason="lunch") == (200, "Busy")
    assert await choose(status="Available") == (200, "Available")
    assert await choose(status="Offline") == (200, "Offline")
    for wrong in ({"status": "Away"}, {"status": "Busy", "reason": "golf"}, {"status": "Available", "reason": "lunch"}):
        assert (await choose(**wrong))[0] == 422


async def test_during_a_call_a_status_waits_for_its_end(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    anna = await centre.agent("Anna")
    headers = await login(anna)
    call_id = await centre.talk(anna)
    answer = await http.put("/api/agents/status", json={"status": "Offline"}, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (202, "Busy")
    await centre.caller_hangs_up(call_id)
    assert (await centre.desk(anna)).presence == "offline"
