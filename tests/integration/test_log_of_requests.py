"""The log of a day: ids in every line, numbers and secrets in none."""

import json
import logging
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import httpx
import pytest

from callcenter.bootstrap import Services
from callcenter.core.domain.agents import Actor
from callcenter.platform.observability import logging as observability_logging
from callcenter.settings import LogSettings
from tests.builders import PASSWORD, Centre
from tests.conftest import MakeAgent
from tests.fakes import SEAL
from tests.integration.conftest import SignIn
from tests.support.figures import CALLER, DIALLED, a_days_work

WRONG = "not the right password"


@pytest.fixture
def written() -> Iterator[StringIO]:
    """All that is logged, down to the last detail."""
    root, own = logging.getLogger(), logging.getLogger(observability_logging.OWN)
    before = root.handlers[:], root.level, own.level
    text = StringIO()
    observability_logging.configure(LogSettings(log_format="json", log_level="debug"), text)
    yield text
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
async def anna(agent: MakeAgent) -> Actor:
    return await agent("Anna")


async def test_the_log_of_a_day_has_ids_and_neither_numbers_nor_secrets(
    http: httpx.AsyncClient, login: SignIn, centre: Centre, anna: Actor, written: StringIO
) -> None:
    await http.post("/api/login", data={"username": anna.username, "password": WRONG})
    headers = await login(anna)
    await a_days_work(http, centre, headers, anna)
    await http.get(f"/api/calls?number={DIALLED.replace('+', '%2B')}", headers=headers)
    await http.post("/api/calls/inbound", content="{}", headers={"Authorization": headers["Authorization"][7:]})
    text = written.getvalue()
    token = headers["Authorization"].removeprefix("Bearer ")
    for secret in (CALLER[3:], DIALLED[3:], "call_+", WRONG, PASSWORD, token, token.split(".")[2], SEAL):
        assert secret not in text, f"{secret} is in the log"
    told = {line["kind"]: line for line in lines(written) if line["event"] == "call"}
    assert {"created", "offered", "answered", "connected", "ended", "dialing"} <= told.keys()
    assert told["answered"]["agent_id"] == anna.id
    assert told["answered"]["call_id"] == told["created"]["call_id"]
    assert told["answered"]["request_id"] != told["created"]["request_id"]


async def test_every_line_of_a_request_carries_its_id(
    http: httpx.AsyncClient, login: SignIn, centre: Centre, anna: Actor, written: StringIO
) -> None:
    headers = await login(anna)
    answer = await http.get("/api/agents/me", headers=headers | {"X-Request-ID": "from-the-proxy-1"})
    assert answer.headers["x-request-id"] == "from-the-proxy-1"
    told = next(line for line in lines(written) if line.get("request_id") == "from-the-proxy-1")
    assert (told["event"], told["route"], told["status"]) == ("request", "/api/agents/me", 200)
    assert told["agent_id"] == anna.id


@pytest.mark.parametrize("given", ["", "short", "with a blank in it", "x" * 65, "new\tline-and-more", "+4915112345678"])
async def test_a_request_id_that_could_not_be_written_is_made_anew(http: httpx.AsyncClient, given: str) -> None:
    answer = await http.get("/healthz", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


async def test_refusals_and_errors_have_an_id_too(http: httpx.AsyncClient, services: Services) -> None:
    assert (await http.get("/api/nothing")).headers["x-request-id"]
    async with services.db.writing() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TABLE login_failure")
    broken = await http.post("/api/login", data={"username": "anna", "password": WRONG})
    assert broken.status_code == 500
    assert broken.headers["x-request-id"]
