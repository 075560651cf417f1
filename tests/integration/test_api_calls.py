"""Calls over REST."""

import asyncio
import csv
import io

import httpx
import pytest

from callcenter.core.domain.agents import Presence, Role
from tests.builders import Centre
from tests.integration.conftest import SignIn

OUTSIDE = {"id", "agent_id", "caller_id", "direction", "start_time", "duration", "status", "livekit_room_name"}


async def test_taking_a_call_and_hanging_up(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    anna = await centre.agent("Anna")
    headers = await login(anna)
    call_id = await centre.call_in("+493055501")
    ringing = (await http.post("/api/calls/join-room", json={"call_id": call_id}, headers=headers)).json()
    assert ringing["may_talk"] is False
    answered = await http.post(f"/api/calls/{call_id}/answer", headers=headers)
    assert answered.status_code == 200
    assert answered.json() | {"token": ""} == ringing | {"token": "", "may_talk": True}
    await centre.enter(anna, call_id)
    centre.clock.advance(30)
    ended = (await http.post(f"/api/calls/{call_id}/hangup", headers=headers)).json()
    assert set(ended) == OUTSIDE
    assert (ended["status"], ended["duration"], ended["agent_id"]) == ("Completed", 30, anna.id)
    again = await http.post(f"/api/calls/{call_id}/hangup", headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "call_over")

    detail = (await http.get(f"/api/calls/{call_id}", headers=headers)).json()
    assert [one["kind"] for one in detail["timeline"]] == [
        "created", "queued", "offered", "answered", "connected", "ended",
    ]  # fmt: skip
    assert (detail["reason"], detail["ended_by"], detail["caller_id"]) == ("hung_up", "agent", "+493055501")


async def test_rejecting(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    hers = await login(anna)
    call_id = await centre.call_in()
    assert (await http.post(f"/api/calls/{call_id}/reject", headers=hers)).status_code == 204
    assert await centre.ringing_at(call_id, anna, ben) == ben
    too_late = await http.post(f"/api/calls/{call_id}/answer", headers=hers)
    assert (too_late.status_code, too_late.json()["code"]) == (409, "offer_gone")


async def test_dialling(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    headers = await login(await centre.agent("Anna"))
    wrong = await http.post("/api/calls/outbound", json={"number": "no number"}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "number_invalid")
    dialled = await http.post("/api/calls/outbound", json={"number": "030 1234567"}, headers=headers)
    assert dialled.status_code == 201
    assert dialled.json()["may_talk"] is True
    phone = await centre.telephony.phone()
    assert phone.order.number == "+49301234567"
    call = (await http.get(dialled.headers["location"], headers=headers)).json()
    assert (call["status"], call["direction"]) == ("In_Progress", "Outbound")
    busy = await http.post("/api/calls/outbound", json={"number": "030 1234567"}, headers=headers)
    assert (busy.status_code, busy.json()["code"]) == (409, "agent_busy")
    ended = await http.post("/api/calls/end-room", json={"call_id": call["id"]}, headers=headers)
    assert ended.json()["status"] == "Canceled"
    centre.telephony.dialable = False
    no_trunk = await http.post("/api/calls/outbound", json={"number": "030 1234567"}, headers=headers)
    assert (no_trunk.status_code, no_trunk.json()["code"]) == (503, "no_trunk")


async def test_why_a_dial_came_to_nothing(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    headers = await login(await centre.agent("Anna"))
    dialled = await http.post("/api/calls/outbound", json={"number": "030 1234567"}, headers=headers)
    (await centre.telephony.phone()).refuses(None, 486, "Busy Here")
    async with asyncio.timeout(60):
        while (call := (await http.get(dialled.headers["location"], headers=headers)).json())["ended_at"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    assert (call["status"], call["reason"]) == ("Rejected", "busy")
    assert (call["sip_code"], call["sip_phrase"]) == (486, "Busy Here")


async def test_dialling_what_the_rules_forbid(http: httpx.AsyncClient, centre: Centre, login: SignIn) -> None:
    headers = await login(await centre.agent("Anna"))
    for number, code in (("+43 1 234567890", "country_not_allowed"), ("1 1 2", "emergency_not_allowed")):
        refused = await http.post("/api/calls/outbound", json={"number": number}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    for _ in range(9):
        await http.post("/api/calls/outbound", json={"number": "+43 1 234567890"}, headers=headers)
    too_many = await http.post("/api/calls/outbound", json={"number": "030 1234567"}, headers=headers)
    assert (too_many.status_code, too_many.headers["retry-after"]) == (429, "60")


async def _three_calls(centre: Centre) -> tuple[dict[str, int], list[int]]:
    """Two calls of Anna's, then one of Ben's; the newest last."""
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    calls = []
    for actor, number in ((anna, "+493011"), (anna, "+493022"), (ben, "+493033")):
        for other in (anna, ben):
            presence = Presence.AVAILABLE if other is actor else Presence.NOT_READY
            await centre.services.presence.set(other, presence)
        calls.append(await centre.talk(actor, number))
        await centre.services.calls.hang_up(actor, calls[-1])
        await centre.services.presence.finish_wrap_up(actor)
        await centre.deliver()
        centre.clock.advance(60)
    return {"anna": anna.id, "ben": ben.id}, calls


@pytest.fixture
async def supervisor(centre: Centre, login: SignIn) -> dict[str, str]:
    return await login(await centre.agent("Sam", Role.SUPERVISOR, available=False, connected=False), "Offline")


async def test_history_by_pages_and_filters(
    http: httpx.AsyncClient, centre: Centre, supervisor: dict[str, str]
) -> None:
    who, (first, second, third) = await _three_calls(centre)

    async def ids(**params: str | int) -> list[int]:
        answer = await http.get("/api/calls", params=params, headers=supervisor)
        assert answer.status_code == 200, answer.text
        assert all(set(one) == OUTSIDE for one in answer.json()["items"])
        return [one["id"] for one in answer.json()["items"]]

    assert await ids() == [third, second, first]
    assert await ids(agent_id=who["ben"]) == [third]
    assert await ids(number="3022") == [second]
    whole = (await centre.call(second)).caller_id
    assert await ids(party=whole) == await ids(number=whole) == [second]
    assert await ids(party=whole[:-1]) == []
    answer = await http.get(f"/api/calls?number={whole}&party={whole}", headers=supervisor)  # a + is a space here
    assert [one["id"] for one in answer.json()["items"]] == [second]
    assert await ids(direction="Outbound") == []
    assert await ids(status="Completed", direction="Inbound", since="", until="", number="") == [third, second, first]
    began = (await centre.call(second)).start_time.isoformat()
    assert await ids(since=began) == [third, second]
    assert await ids(until=began) == [first]
    page = (await http.get("/api/calls", params={"limit": 2}, headers=supervisor)).json()
    assert [one["id"] for one in page["items"]] == [third, second]
    rest = (await http.get("/api/calls", params={"limit": 2, "after": page["next"]}, headers=supervisor)).json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([first], None)


async def test_history_as_csv(http: httpx.AsyncClient, centre: Centre, supervisor: dict[str, str]) -> None:
    _, calls = await _three_calls(centre)
    by_path = await http.get("/api/calls.csv", params={"number": "3022"}, headers=supervisor)
    by_accept = await http.get("/api/calls", params={"number": "3022"}, headers=supervisor | {"Accept": "text/csv"})
    assert by_path.text == by_accept.text
    assert by_path.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(by_path.text))
    assert (row["id"], row["caller_id"], row["agent_name"]) == (str(calls[1]), "+493022", "Anna")


@pytest.mark.parametrize(
    "params",
    [
        {"since": "yesterday"},
        {"since": "2026-03-02T09:00:00"},
        {"status": "Great"},
        {"limit": "100000"},
        {"agent_id": "99999999999999999999"},
        {"after": "nonsense"},
        {"after": "MjAyNi0wMy0wMlQwOTowMDowMCA5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"},
        {"after": "MDAwMS0wMS0wMVQwMDowMDowMCAx"},
    ],
)
async def test_odd_questions_are_answered_as_such(
    http: httpx.AsyncClient, supervisor: dict[str, str], params: dict[str, str]
) -> None:
    answer = await http.get("/api/calls", params=params, headers=supervisor)
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:
        assert answer.headers["content-type"] == "application/problem+json"
