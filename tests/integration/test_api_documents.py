"""Problem documents, the description of the API, health, and the headers of every answer."""

import re
from datetime import datetime

import httpx
import pytest

from callcenter.bootstrap import Services
from callcenter.platform import recent_value
from callcenter.platform.http.content_security_policy import NOTHING
from tests.fakes import FakeMedia

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("POST", "/api/agents/nobody/more", 404, "not_found"),
        ("DELETE", "/api/calls", 405, "method_not_allowed"),
        ("GET", "/api/login", 405, "method_not_allowed"),
        ("GET", "/api/agents/me", 401, "not_signed_in"),
        ("GET", "/api/calls/0", 401, "not_signed_in"),
        ("POST", "/api/login", 422, "invalid_input"),
    ],
)
async def test_errors_are_problem_documents(
    http: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    assert body["title"]
    assert body["detail"]


async def test_nothing_of_the_inside_shows_in_an_unexpected_error(
    http: httpx.AsyncClient, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    async with services.db.writing() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DROP TABLE login_failure")
    form = {"username": "anna", "password": "a secret password"}
    answer = await http.post("/api/login", data=form)
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert answer.json()["code"] == "internal_error"
    for word in ("Traceback", "sqlite", "login_failure", "anna"):
        assert word not in answer.text
    assert "a secret password" not in caplog.text


async def test_the_description_has_examples_and_no_hash(http: httpx.AsyncClient) -> None:
    answer = await http.get("/openapi.json")
    document = answer.json()
    schemas = document["components"]["schemas"]
    assert "hash" not in answer.text
    assert "HTTPValidationError" not in answer.text, "errors are problem documents"
    for operation in (one for path in document["paths"].values() for one in path.values()):
        assert operation["summary"]
        for status, response in operation["responses"].items():
            assert (
                int(status) < 400
                or int(status) == 503
                or PROBLEM in response.get("content", {})
                or "Not signed" in (response["description"])
            )
    for name in ("Agent", "Call", "Room", "SignedIn", "Problem"):
        examples = [field for field in schemas[name]["properties"].values() if "examples" in field]
        assert examples, f"{name} has no examples"


async def test_the_page_that_documents_the_api_needs_no_other_host(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    assert page.status_code == 200
    assert not re.search(r"https?:|\"//", page.text), "it names another host"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    for address in [path for path in loaded if path.startswith("/docs/")]:
        answer = await http.get(address)
        assert (answer.status_code, len(answer.content) > 100_000) == (200, True), address
    assert {path.rpartition(".")[2] for path in loaded} == {"css", "js", "svg"}
    policy = page.headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "frame-ancestors 'none'" in policy
    assert (await http.get("/docs/favicon.png")).status_code == 404


async def test_headers_that_protect(http: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/api/nothing", "/api/agents/me"):
        headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == NOTHING
        assert headers["referrer-policy"] == "same-origin"
    assert (await http.get("/api/agents/me")).headers["cache-control"] == "no-store"


async def test_the_servers_clock_is_told_without_a_token_and_kept_by_nobody(
    http: httpx.AsyncClient, services: Services
) -> None:
    answer = await http.get("/api/time")
    assert datetime.fromisoformat(answer.json()["now"]) == services.clock()
    assert answer.headers["cache-control"] == "no-store"


async def test_ready_means_that_calls_can_be_taken(
    http: httpx.AsyncClient, media: FakeMedia, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_value, "FRESH_SECONDS", 0)
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    ready = await http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "checks": {"database": "ok", "migrations": "ok", "livekit": "ok"}}
    media.down = True
    async with services.db.writing() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")
    ready = await http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"database": "ok", "migrations": "failed", "livekit": "failed"}
    assert (await http.get("/healthz")).status_code == 200
