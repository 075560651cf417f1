"""What the pages send as plain forms: the session cookie, and the history as a file."""

from http.cookies import Morsel, SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from callcenter.bootstrap import Services
from callcenter.platform.errors import NotSignedIn
from callcenter.platform.words.catalogues import COOKIE as LANGUAGE
from callcenter.settings import Settings
from tests.builders import PASSWORD, Centre
from tests.conftest import MakeAgent, MakeSettings

COOKIE = "callcenter_session"
RIGHT = {"username": "anna", "password": PASSWORD}


def cookie_of(answer: httpx.Response, name: str = COOKIE) -> "Morsel[str]":
    return SimpleCookie(answer.headers["set-cookie"])[name]


async def test_signing_in_sets_a_cookie_scripts_cannot_read(
    http: httpx.AsyncClient, services: Services, agent: MakeAgent
) -> None:
    anna = await agent("Anna", available=False)
    answer = await http.post("/auth/sign-in", data=RIGHT | {"next": "/history?period=7d"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/history?period=7d")
    cookie = cookie_of(answer)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "lax", "/")
    assert cookie["max-age"] == str(30 * 24 * 3600), (
        "until when the sign-in holds is on record, where it can be renewed"
    )
    assert not cookie["secure"], "the desk is served over plain HTTP here"
    assert (await services.auth.identify(cookie.value, "desk")).id == anna.id
    with pytest.raises(NotSignedIn):
        await services.auth.identify(cookie.value, "api")


class TestOverHttps:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(public_url="https://desk.example.com")

    async def test_the_cookie_is_for_this_host_alone(self, http: httpx.AsyncClient, agent: MakeAgent) -> None:
        await agent("Anna")
        answer = await http.post("/auth/sign-in", data=RIGHT)
        cookie = cookie_of(answer, f"__Host-{COOKIE}")
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        plain = await http.post("/auth/sign-out", headers={"Cookie": f"{COOKIE}={cookie.value}"})
        assert "set-cookie" in plain.headers
        again = await http.get("/auth/history.csv", headers={"Cookie": f"__Host-{COOKIE}={cookie.value}"})
        assert again.status_code == 200, (
            "a cookie without the prefix, which any neighbour could set, counts for nothing"
        )


async def test_a_wrong_password_leads_back_with_the_reason(http: httpx.AsyncClient, agent: MakeAgent) -> None:
    await agent("Anna")
    answer = await http.post("/auth/sign-in", data=RIGHT | {"password": "wrong", "next": "/team"})
    target = urlsplit(answer.headers["location"])
    assert (answer.status_code, target.path) == (303, "/sign-in")
    assert parse_qs(target.query) == {"error": ["wrong_credentials"], "next": ["/team"]}
    assert "set-cookie" not in answer.headers
    nothing = await http.post("/auth/sign-in")
    assert parse_qs(urlsplit(nothing.headers["location"]).query)["error"] == ["wrong_credentials"]


async def test_signing_out(http: httpx.AsyncClient, services: Services, agent: MakeAgent) -> None:
    await agent("Anna")
    token = cookie_of(await http.post("/auth/sign-in", data=RIGHT)).value
    answer = await http.post("/auth/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    gone = cookie_of(answer)
    assert (gone.value, gone["max-age"], gone["path"], gone["httponly"]) == ("", "0", "/", True)
    with pytest.raises(NotSignedIn):
        await services.auth.identify(token, "desk")
    again = await http.post("/auth/sign-out")
    assert (again.status_code, again.headers["location"]) == (303, "/sign-in")


async def test_nobody_signs_out_of_a_running_call(http: httpx.AsyncClient, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    token = cookie_of(await http.post("/auth/sign-in", data=RIGHT)).value
    await centre.talk(anna)
    answer = await http.post("/auth/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?error=agent_busy")
    assert "set-cookie" not in answer.headers
    assert (await centre.services.auth.identify(token, "desk")).id == anna.id


async def test_the_history_as_a_file(http: httpx.AsyncClient, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    call_id = await centre.talk(anna, "+493055501")
    away = await http.get("/auth/history.csv")
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=%2Fhistory")
    await http.post("/auth/sign-in", data=RIGHT)
    answer = await http.get("/auth/history.csv", params={"number": "55501", "direction": "", "agent_id": ""})
    header, row = answer.text.splitlines()
    assert header.startswith("\ufeffCall number,Start (UTC),Direction")
    assert row.startswith(f"{call_id},")
    assert answer.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    assert answer.headers["cache-control"] == "no-store"
    nothing = await http.get("/auth/history.csv", params={"since": "2030-01-01T00:00:00+00:00"})
    assert len(nothing.text.splitlines()) == 1
    german = await http.get("/auth/history.csv", headers={"Accept-Language": "fr,de-AT;q=0.8,en;q=0.5"})
    assert german.text.startswith("\ufeffAnrufnummer,Beginn (UTC),Richtung")
    await centre.services.accounts.choose_language(anna, "en")
    own = await http.get("/auth/history.csv", headers={"Accept-Language": "de"})
    assert own.text.startswith("\ufeffCall number,"), "one's own language goes before the browser's"


async def test_a_cookie_tells_the_page_ones_own_language_until_one_signs_out(
    http: httpx.AsyncClient, centre: Centre
) -> None:
    anna = await centre.agent("Anna")
    await http.post("/auth/sign-in", data=RIGHT)
    assert LANGUAGE not in http.cookies
    await centre.services.accounts.choose_language(anna, "de")
    await http.post("/auth/sign-in", data=RIGHT)
    assert http.cookies[LANGUAGE] == "de"
    await http.post("/auth/sign-out")
    assert LANGUAGE not in http.cookies


NEW = "nine green ladders on the roof"


async def test_a_new_password_keeps_this_tab_and_ends_the_others(
    http: httpx.AsyncClient, services: Services, agent: MakeAgent
) -> None:
    await agent("Anna")
    other = await services.auth.sign_in("anna", PASSWORD, "203.0.113.1", "desk")
    before = cookie_of(await http.post("/auth/sign-in", data=RIGHT)).value
    answer = await http.post("/auth/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, "/my-account?done=password")
    after = cookie_of(answer).value
    for token in (before, other.token):
        with pytest.raises(NotSignedIn):
            await services.auth.identify(token, "desk")
    assert (await services.auth.identify(after, "desk")).username == "anna"
    ended = await http.post("/auth/end-others", data={"old": NEW})
    assert ended.headers["location"] == "/my-account?done=others"
    assert len(await services.sign_ins.list(await services.auth.identify(cookie_of(ended).value, "desk"))) == 1


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"old": "wrong", "new": NEW, "again": NEW}, "wrong_credentials"),
        ({"old": PASSWORD, "new": NEW, "again": "another"}, "again"),
        ({"old": PASSWORD, "new": "1234567890", "again": "1234567890"}, "weak_password"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "invalid_input"),
        ({}, "invalid_input"),
    ],
)
async def test_why_a_password_was_not_changed(
    http: httpx.AsyncClient, agent: MakeAgent, form: dict[str, str], reason: str
) -> None:
    await agent("Anna")
    await http.post("/auth/sign-in", data=RIGHT)
    answer = await http.post("/auth/password", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/my-account?error={reason}")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/auth/password", "/auth/end-others"])
async def test_forms_of_the_account_are_for_who_is_signed_in_and_from_its_own_page(
    http: httpx.AsyncClient, agent: MakeAgent, path: str
) -> None:
    await agent("Anna")
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert (await http.post(path, data=form)).headers["location"] == "/sign-in?next=%2Fmy-account"
    await http.post("/auth/sign-in", data=RIGHT)
    assert (await http.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await http.post("/auth/sign-in", data=RIGHT)).headers["location"] == "/", "nothing was changed"
