"""To an agent to whom a call was never offered, it is as if there were no such call: nothing tells it from a number
that was never given out."""

import inspect
import itertools
from collections.abc import Awaitable, Callable

import httpx
import pytest

from callcenter.api_app import create_api
from callcenter.callcenter import EVENTS
from callcenter.core.domain.agents import Actor
from callcenter.platform.errors import NotFound
from callcenter.platform.words.refusals import said
from tests.builders import Centre
from tests.integration.conftest import SignIn

NOBODYS = 987654


def operations() -> list[tuple[str, str]]:
    """Every operation that takes a call's id, in the path or in the body: a new one is tried without being named."""
    document = create_api().openapi()
    with_id = {
        f"#/components/schemas/{name}"
        for name, schema in document["components"]["schemas"].items()
        if "call_id" in schema.get("required", ())
    }
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if "{call_id}" in path or body.get("$ref") in with_id:
                found.append((method.upper(), path))
    return found


async def rings(centre: Centre, anna: Actor) -> int:
    return await centre.call_in()


async def is_answered(centre: Centre, anna: Actor) -> int:
    call_id = await rings(centre, anna)
    await centre.services.calls.answer(anna, call_id)
    return call_id


async def is_talked(centre: Centre, anna: Actor) -> int:
    return await centre.talk(anna)


async def is_over(centre: Centre, anna: Actor) -> int:
    call_id = await centre.talk(anna)
    await centre.services.calls.hang_up(anna, call_id)
    return call_id


async def was_given_up(centre: Centre, anna: Actor) -> int:
    call_id = await rings(centre, anna)
    await centre.caller_hangs_up(call_id)
    return call_id


async def waits(centre: Centre, anna: Actor) -> int:
    await centre.talk(anna)
    return await centre.call_in("+493055502")


async def is_dialled(centre: Centre, anna: Actor) -> int:
    return await centre.dial(anna)


async def was_dialled(centre: Centre, anna: Actor) -> int:
    call_id = await centre.dial(anna)
    await centre.services.calls.hang_up(anna, call_id)
    return call_id


STATES = (rings, is_answered, is_talked, is_over, was_given_up, waits, is_dialled, was_dialled)


def test_the_operations_are_found() -> None:
    assert ("POST", "/api/calls/{call_id}/answer") in operations()
    assert ("POST", "/api/calls/join-room") in operations()
    assert len(operations()) >= 6


@pytest.mark.parametrize("state", STATES, ids=lambda one: one.__name__)
async def test_nothing_tells_a_call_of_others_from_none(
    http: httpx.AsyncClient, centre: Centre, login: SignIn, state: Callable[[Centre, Actor], Awaitable[int]]
) -> None:
    anna, eve = await centre.agent("Anna"), await centre.agent("Eve", available=False)
    headers = await login(eve, "Busy")
    call_id = await state(centre, anna)
    for (method, path), number in itertools.product(operations(), (call_id, NOBODYS)):
        answer = await http.request(
            method, path.replace("{call_id}", str(number)), json={"call_id": number}, headers=headers
        )
        said = {name: value for name, value in answer.json().items() if name != "instance"}
        assert (answer.status_code, said["code"]) == (404, "not_found"), (method, path, number, answer.text)
        if number == call_id:
            about_it = said
        else:
            assert said == about_it, "the words tell them apart"


async def test_who_was_offered_it_is_told_what_became_of_it(
    http: httpx.AsyncClient, centre: Centre, login: SignIn
) -> None:
    anna, ben = await centre.agent("Anna"), await centre.agent("Ben")
    headers = await login(anna)
    call_id = await centre.call_in()
    await centre.services.calls.decline(anna, call_id)
    await centre.answer(ben, call_id)

    async def code(what: str) -> str:
        return str((await http.post(f"/api/calls/{call_id}/{what}", headers=headers)).json()["code"])

    assert [await code(what) for what in ("answer", "reject")] == ["call_taken"] * 2
    await centre.services.calls.hang_up(ben, call_id)
    assert [await code(what) for what in ("answer", "reject")] == ["call_over"] * 2
    joins = await http.post("/api/calls/join-room", json={"call_id": call_id}, headers=headers)
    assert (joins.status_code, joins.json()["code"]) == (409, "call_over")


async def test_pages_learn_no_more_than_programs(centre: Centre) -> None:
    """What they ask for by a number from the browser's address, and what they ask for their own call."""
    anna, eve = await centre.agent("Anna"), await centre.agent("Eve", available=False)
    known, call_id = centre.services, await centre.talk(anna)
    for ask in (known.history.detail, known.calls.join_room, known.calls.entered, known.calls.misses_its_agent):
        words = set()
        for number in (call_id, NOBODYS):
            with pytest.raises(NotFound) as refusal:
                await ask(eve, number)
            words.add(said(refusal.value))
        assert len(words) == 1


def test_no_page_sends_the_id_of_a_call_with_a_click() -> None:
    """A button acts on the call that the server shows at that desk; the browser cannot name another one."""
    clicks = {name: one.handler.fn for name, one in EVENTS.items()}
    assert any(name.endswith(".answer") for name in clicks)
    taking = {name: inspect.signature(function).parameters for name, function in clicks.items()}
    assert not [name for name, parameters in taking.items() if any("call" in one for one in parameters)]
