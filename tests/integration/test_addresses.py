"""Addresses of pages as people type them, and redirects as they look behind a proxy."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.staticfiles import StaticFiles

from callcenter.bootstrap import Services
from callcenter.platform.http.page_routes import Pages
from callcenter.platform.http.security_headers import Guard


@pytest.fixture
async def built(tmp_path: Path, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """Two built pages, served as the real ones are; only one of them is known as a page."""
    for name in ("sign-in", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(name)
    app = Guard(Pages(StaticFiles(directory=tmp_path, html=True), routes=["/sign-in"]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example.com") as client:
        yield client


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in?next=/history", "/sign-in/"])
async def test_a_page_is_there_without_a_redirect(built: httpx.AsyncClient, path: str) -> None:
    answer = await built.get(path)
    assert (answer.status_code, answer.text) == (200, "sign-in")


@pytest.mark.parametrize(
    ("path", "location"), [("/other?a=1&b=%2F", "/other/?a=1&b=%2F"), ("//other", "/other/"), ("///other", "/other/")]
)
async def test_a_redirect_stays_on_this_host_and_says_no_scheme(
    built: httpx.AsyncClient, path: str, location: str
) -> None:
    """The proxy in front speaks HTTPS; this server does not know."""
    answer = await built.get(httpx.URL("http://desk.example.com").copy_with(raw_path=path.encode()))
    assert (answer.status_code, answer.headers["location"]) == (307, location)
