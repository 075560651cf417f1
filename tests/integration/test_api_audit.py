"""The audit log over REST and from the command line."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from callcenter.audit.domain import AuditAction
from callcenter.bootstrap import set_services
from callcenter.cli import main
from callcenter.core.domain.agents import SYSTEM, Role
from callcenter.settings import Settings, get_settings
from tests.builders import PASSWORD, Centre
from tests.integration.conftest import SignIn


async def test_administrators_read_it_over_rest(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    ada = await login(await centre.agent("Ada", Role.ADMIN, available=False))
    anna = await login(await centre.agent("Anna"))
    await http.post("/api/calls/outbound", json={"number": "+43 1 234567890"}, headers=anna)
    (line,) = (await http.get("/api/audit", headers=ada)).json()
    assert (line["by"], line["action"], line["subject"]) == ("anna", "dial.refused", "+431234567890")
    assert line["detail"]["rule"] == "country_not_allowed"
    assert (await http.get("/api/audit", params={"before": line["id"]}, headers=ada)).json() == []
    assert (await http.get("/api/audit", params={"action": "account.added"}, headers=ada)).json() == []
    for params in ({"action": "fun"}, {"limit": "0"}, {"since": "yesterday"}, {"before": "x"}):
        assert (await http.get("/api/audit", params=params, headers=ada)).status_code == 422
    assert (await http.get("/api/audit", headers=anna)).json()["code"] == "not_allowed"
    assert (await http.get("/api/audit")).status_code == 401


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs ``python -m callcenter audit …``; returns what it wrote and its exit status."""
    for name in ("debug", "database_url", "secret_key", "livekit_api_key", "livekit_api_secret"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))

    def run(*arguments: str) -> tuple[str, int]:
        get_settings.cache_clear()
        set_services(None)
        status = 0
        try:
            main(["audit", *arguments])
        except SystemExit as end:
            status = int(end.code or 0)
        get_settings.cache_clear()
        written = capsys.readouterr()
        return written.out + written.err, status

    return run


async def test_it_is_read_from_the_command_line(centre: Centre, command: Any) -> None:
    await centre.services.accounts.add(SYSTEM, "dora", PASSWORD, "Dora", Role.AGENT)
    await centre.services.audit.record(SYSTEM, AuditAction.DIAL_REFUSED, "+43\x1b[31m1", rule="odd", text="Words.")
    text, status = await asyncio.to_thread(command)
    assert status == 0
    first, second = text.splitlines()
    assert first.split()[2:] == ["system", "account.added", "dora", "role=agent"]
    assert "\x1b" not in second
    assert "rule=odd" in second
    lines, _ = await asyncio.to_thread(command, "--json", "--action", "account.added")
    assert json.loads(lines)["subject"] == "dora"
    nothing, _ = await asyncio.to_thread(command, "--since", "1h")
    assert nothing == "", "the clock of the test is long ago"
    wrong, status = await asyncio.to_thread(command, "--since", "soon")
    assert status == 1
    assert "is no time" in wrong
