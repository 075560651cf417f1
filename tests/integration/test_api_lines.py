"""The telephone side over REST."""

import httpx
import pytest

from callcenter.core.domain.agents import Role
from callcenter.settings import Settings
from tests.conftest import MakeAgent, MakeSettings
from tests.integration.conftest import SignIn


@pytest.fixture
def settings(make_settings: MakeSettings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    plan = tmp_path_factory.mktemp("plan") / "telephony.toml"
    plan.write_text(
        '[[numbers]]\nnumber = "+4930901820"\nlabel = "Support"\n[inbound]\nallowed_addresses = ["127.0.0.1"]\n'
    )
    return make_settings(telephony_file=str(plan), dials_per_minute=5)


async def test_an_administrator_sees_numbers_lines_and_refused_dials(
    http: httpx.AsyncClient, agent: MakeAgent, login: SignIn
) -> None:
    anna = await login(await agent("Anna"))
    ada = await login(await agent("Ada", Role.ADMIN, available=False), "Offline")
    refused = await http.post("/api/calls/outbound", json={"number": "+33142685300"}, headers=anna)
    assert refused.is_client_error
    view = (await http.get("/api/telephony", headers=ada)).json()
    assert [(one["number"], one["label"]) for one in view["numbers"]] == [("+4930901820", "Support")]
    assert (view["provider"], view["inbound"], view["outbound"]) == ("fake", "unknown", "not_used")
    assert (view["refused_known"], view["refused"]) == (False, [])
    assert "LiveKit does not answer" in view["problems"][0]
    (dial,) = view["refusals"]
    assert (dial["agent_name"], dial["rule"]) == ("Anna", refused.json()["code"])
    assert dial["text"] == refused.json()["detail"]
    assert dial["number_display"] == "+33 1 42 68 53 00"


async def test_others_do_not(http: httpx.AsyncClient, agent: MakeAgent, login: SignIn) -> None:
    for role in (Role.AGENT, Role.SUPERVISOR):
        headers = await login(await agent(role.value.title(), role, available=False), "Offline")
        assert (await http.get("/api/telephony", headers=headers)).status_code == 403
    assert (await http.get("/api/telephony")).status_code == 401
