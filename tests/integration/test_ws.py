"""The event socket: the present state first, then what happens, to those it concerns."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from starlette.types import ASGIApp

from callcenter.bootstrap import Services
from callcenter.core.domain.agents import SYSTEM, Actor, Presence, Role
from callcenter.event_stream import api as event_socket
from callcenter.event_stream import feed as event_feed
from callcenter.event_stream.broadcaster import CALL_NEWS, NEWS
from callcenter.event_stream.feed import Feed
from callcenter.platform.pubsub.change_bus import BOARD, CALLS, agent_topic
from callcenter.settings import Settings
from tests.builders import PASSWORD, Centre
from tests.conftest import MakeAgent, MakeSettings
from tests.integration.conftest import OpenSocket, SignIn
from tests.support.asgi_socket import PATIENCE, Closed, Socket

Listen = Callable[..., Awaitable[Socket]]


@pytest.fixture
async def listen(open_socket: OpenSocket, login: SignIn) -> Listen:
    """``socket = await listen(anna)``: signed in, with the snapshot read."""

    async def connect(actor: Actor, status: str = "Available") -> Socket:
        token = (await login(actor, status))["Authorization"].removeprefix("Bearer ")
        socket = await open_socket()
        socket.token = token
        socket.snapshot = await socket.sign_in(token)
        assert socket.snapshot["type"] == "snapshot"
        return socket

    return connect


# Being let in


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({"type": "auth", "token": "nonsense"}, 4401),
        ({"type": "auth"}, 4401),
        ({"type": "auth", "token": 5}, 4401),
        ({"type": "ping"}, 4401),
        ("no json", 4400),
        ("[]", 4400),
        ("[" * 4000, 4400),
        ('{"type": "auth", "token": "' + "x" * 5000 + '"}', 1009),
        (b"\x00\x01", 1009),
    ],
)
async def test_who_does_not_sign_in_is_sent_away(open_socket: OpenSocket, first: Any, code: int) -> None:
    socket = await open_socket()
    socket.send_bytes(first) if isinstance(first, bytes) else socket.send(first)
    assert await socket.closed() == code


async def test_who_says_nothing_is_sent_away(open_socket: OpenSocket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_socket, "AUTH_SECONDS", 0.01)
    assert await (await open_socket()).closed() == 4401


async def test_a_token_of_the_desk_is_none_of_the_api(
    open_socket: OpenSocket, services: Services, agent: MakeAgent
) -> None:
    await agent("Anna")
    desk = await services.auth.sign_in("anna", PASSWORD, "203.0.113.1", "desk")
    with pytest.raises(Closed) as closed:
        await (await open_socket()).sign_in(desk.token)
    assert closed.value.code == 4401


async def test_pages_of_other_sites_are_refused(open_socket: OpenSocket) -> None:
    for origin in ("https://evil.example", "null", "http://localhost:3000.evil.example"):
        with pytest.raises(Closed) as closed:
            await open_socket(Origin=origin)
        assert closed.value.code == 4403
    assert await open_socket(Origin="http://localhost:3000")
    assert await open_socket(), "a program sends no origin"


# What is told


async def test_the_present_state_comes_first_also_after_a_reconnect(
    open_socket: OpenSocket, listen: Listen, centre: Centre
) -> None:
    anna = await centre.agent("Anna", connected=False)
    socket = await listen(anna)
    assert socket.snapshot["desk"]["status"] == "Available"
    assert [(one["username"], one["status"]) for one in socket.snapshot["agents"]] == [("anna", "Available")]
    assert socket.snapshot["calls"] == []
    await socket.leave()
    call_id = await centre.call_in("+493055501")
    await centre.answer(anna, call_id)
    again = await (await open_socket()).sign_in(socket.token)
    assert again["desk"]["call"]["id"] == call_id
    assert [(call["id"], call["status"]) for call in again["calls"]] == [(call_id, "In_Progress")]
    assert again["agents"][0]["status"] == "Busy"


async def test_the_events_of_a_call(listen: Listen, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    socket = await listen(anna)
    call_id = await centre.call_in("+493055501")
    ringing = await socket.until("incoming_call")
    assert (ringing["call_id"], ringing["caller_id"], ringing["direction"]) == (call_id, "+493055501", "Inbound")
    assert (ringing["status"], ringing["state"]) == ("In_Progress", "offered")
    busy = await socket.until("status_update")
    assert (busy["agent_id"], busy["status"]) == (anna.id, "Busy")
    await centre.answer(anna, call_id)
    answered = await socket.until("room_update", event="answered")
    connected = await socket.until("room_update", event="connected")
    centre.clock.advance(30)
    await centre.caller_hangs_up(call_id)
    ended = await socket.until("call_ended")
    assert (ended["call_id"], ended["status"], ended["duration"]) == (call_id, "Completed", 30)
    assert (ended["reason"], ended["ended_by"]) == ("hung_up", "caller")
    await centre.services.presence.finish_wrap_up(anna)
    free = await socket.until("status_update", status="Available")
    calls = [int(one["id"].removeprefix("c")) for one in (ringing, answered, connected, ended)]
    statuses = [int(one["id"].removeprefix("s")) for one in (busy, free)]
    assert calls == sorted(set(calls))
    assert statuses == sorted(set(statuses))


async def test_an_offer_that_goes_away_is_told(listen: Listen, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    socket = await listen(anna)
    call_id = await centre.call_in()
    await socket.until("incoming_call", call_id=call_id)
    await centre.caller_hangs_up(call_id)
    await socket.until("room_update", call_id=call_id, event="offer_withdrawn")
    await socket.until("status_update", status="Available")


async def test_everybody_hears_of_statuses_and_only_some_of_calls(listen: Listen, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    ben = await centre.agent("Ben", available=False)
    sam = await centre.agent("Sam", Role.SUPERVISOR, available=False)
    sams = await listen(sam, "Busy")
    his = await listen(ben, "Busy")
    call_id = await centre.talk(anna)
    await centre.services.calls.hang_up(anna, call_id)
    heard = await sams.until("call_ended")
    assert heard["call_id"] == call_id
    await centre.services.presence.set(ben, Presence.AVAILABLE)
    told: list[dict[str, Any]] = []
    while not told or told[-1].get("agent_id") != ben.id:
        heard = await his.receive()
        told += [heard] if heard["type"] != "ping" else []
    assert {(one["type"], one["agent_id"]) for one in told} == {("status_update", anna.id), ("status_update", ben.id)}
    assert "+49" not in str(told), "a number of somebody else's call"


async def test_a_change_from_nobodys_hand_is_told_too(listen: Listen, centre: Centre) -> None:
    """A desk that is lost makes its agent Offline without any entry in a log."""
    anna = await centre.agent("Anna", connected=False)
    sam = await centre.agent("Sam", Role.SUPERVISOR, available=False)
    connection = await centre.services.presence.connect(anna, "desk")
    socket = await listen(sam, "Busy")
    await centre.services.presence.disconnect(connection)
    await socket.until("status_update", agent_id=anna.id, status="Busy")
    await centre.later(20)
    await socket.until("status_update", agent_id=anna.id, status="Offline")


async def test_who_takes_lists_is_told_several_events_in_one_message(
    open_socket: OpenSocket, login: SignIn, centre: Centre
) -> None:
    await centre.agent("Anna")
    sam = await centre.agent("Sam", Role.SUPERVISOR, available=False)
    token = (await login(sam, "Busy"))["Authorization"].removeprefix("Bearer ")
    socket = await open_socket()
    socket.send({"type": "auth", "token": token, "lists": True})
    snapshot = await socket.receive()
    assert snapshot["type"] == "snapshot", "what is alone comes as it is"
    call_id = await centre.call_in()
    while not isinstance(heard := await socket.receive_any(), list):
        assert heard["type"] in {"status_update", "ping"}
    calls = [(one["call_id"], one["event"]) for one in heard if one["type"] == "room_update"]
    assert calls == [(call_id, event) for event in ("created", "queued", "offered")]


async def test_news_come_also_while_something_is_written_for_long(listen: Listen, centre: Centre) -> None:
    """They give way, but not for ever."""
    ben = await centre.agent("Ben", available=False)
    socket = await listen(await centre.agent("Anna"))
    await centre.services.presence.set(ben, Presence.AVAILABLE)
    async with centre.services.units.begin():
        await socket.until("status_update", agent_id=ben.id, status="Available")


# Staying


async def test_ping_is_answered(listen: Listen, agent: MakeAgent) -> None:
    socket = await listen(await agent("Anna"))
    socket.send({"type": "ping"})
    assert await socket.receive() == {"type": "pong"}
    socket.send({"type": "something new"})
    socket.send({"type": "ping"})
    assert await socket.receive() == {"type": "pong"}, "an unknown message is passed over"


class TestSilence:
    @pytest.fixture
    def settings(self, make_settings: MakeSettings) -> Settings:
        return make_settings(lease_seconds=0.5)

    async def test_a_program_that_has_died_is_noticed(
        self, listen: Listen, agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_socket, "PING_SECONDS", 0.04)
        socket = await listen(await agent("Anna"))
        assert (await socket.receive())["type"] == "ping"
        assert await socket.closed() == 4408

    async def test_one_that_answers_stays(
        self, listen: Listen, agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_socket, "PING_SECONDS", 0.04)
        socket = await listen(await agent("Anna"))
        for _ in range(20):
            await socket.until("ping")
            socket.send({"type": "pong"})


async def test_it_counts_as_a_desk_for_as_long_as_it_is_open(
    open_socket: OpenSocket, services: Services, centre: Centre
) -> None:
    anna = await centre.agent("Anna", connected=False)
    token = (await services.auth.sign_in("anna", PASSWORD, "203.0.113.1", "api")).token
    assert (await centre.desk(anna)).status == "Offline"
    socket = await open_socket()
    await socket.sign_in(token)
    assert (await centre.desk(anna)).status == "Available"
    call_id = await centre.call_in()
    assert await centre.ringing_at(call_id, anna) == anna
    await socket.leave()
    assert (await centre.desk(anna)).session == "grace"
    assert await centre.ringing_at(call_id, anna) is None, "it rings nowhere, so the next one is asked"


@pytest.mark.parametrize("how", ["logout", "disable", "reset"])
async def test_a_dead_token_closes_the_socket_at_once(
    http: httpx.AsyncClient, listen: Listen, agent: MakeAgent, services: Services, how: str
) -> None:
    anna = await agent("Anna")
    socket = await listen(anna)
    async with asyncio.timeout(event_socket.PING_SECONDS / 2):
        if how == "logout":
            await http.post("/api/logout", headers={"Authorization": f"Bearer {socket.token}"})
        elif how == "disable":
            await services.accounts.disable(SYSTEM, anna.id)
        else:
            await services.accounts.reset(SYSTEM, anna.id, "another password")
        assert await socket.closed() == 4401


async def test_messages_have_a_limit(listen: Listen, agent: MakeAgent) -> None:
    socket = await listen(await agent("Anna"))
    socket.send({"type": "ping", "more": "x" * 5000})
    assert await socket.closed() == 1009


async def test_a_slow_listener_holds_nobody_up(
    app: ASGIApp, listen: Listen, agent: MakeAgent, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_socket, "SEND_SECONDS", 0.5)
    anna, ben, chloe = await agent("Anna"), await agent("Ben", connected=False), await agent("Chloe")
    quick = await listen(anna)
    token = (await services.auth.sign_in("ben", PASSWORD, "203.0.113.1", "api")).token
    slow = Socket(app, "/api/ws", {}, room=1)
    await slow.connect()
    slow.send({"type": "auth", "token": token})
    await quick.until("status_update", agent_id=ben.id, status="Available")
    for number in range(10):
        presence = Presence.NOT_READY if number % 2 == 0 else Presence.AVAILABLE
        await services.presence.set(chloe, presence)
        async with asyncio.timeout(event_socket.SEND_SECONDS / 2):
            await quick.until("status_update", agent_id=chloe.id)
    async with services.hub.subscribe(agent_topic(ben.id)) as changes, asyncio.timeout(PATIENCE):
        while (await services.desk.view(ben)).session != "grace":  # until the slow one is let go
            await changes.wait()
    await slow.leave()


# The feed


async def test_many_listeners_read_the_log_once(services: Services, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    await services.feed.position()
    statements: list[str] = []
    event.listen(
        services.db._reader.sync_engine, "before_cursor_execute", lambda *told: statements.append(str(told[2]))
    )
    start = await services.feed.position()
    await centre.call_in()
    statements.clear()
    heard = await asyncio.gather(*(services.feed.since(anna, start) for _ in range(100)))
    assert all("incoming_call" in {one.type for one in events or ()} for events, _ in heard)
    assert len(statements) < 12, "once for all of them"


async def test_who_is_too_far_behind_begins_anew(
    services: Services, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "KEPT", 3)
    feed = Feed(services.units, services.board)
    anna = await centre.agent("Anna")
    start = await feed.position()
    for number in range(4):
        await centre.services.presence.set(anna, Presence.NOT_READY if number % 2 == 0 else Presence.AVAILABLE)
        await feed.position()
    events, position = await feed.since(anna, start)
    assert events is None
    assert await feed.since(anna, position) == ([], position)


async def test_all_are_told_of_a_status_and_nobody_of_what_concerns_others(services: Services, centre: Centre) -> None:
    anna = await centre.agent("Anna")
    services.news.start()
    await services.feed.position()
    async with AsyncExitStack() as open_now:
        everybody = [await open_now.enter_async_context(services.hub.subscribe(NEWS)) for _ in range(25)]
        of_calls = await open_now.enter_async_context(services.hub.subscribe(CALL_NEWS))
        await services.presence.set(anna, Presence.NOT_READY)
        for one in everybody:
            assert await one.wait(PATIENCE) == {NEWS}
        of_calls.take()
        services.hub.publish(BOARD, CALLS)  # nobody's status is another one
        assert await of_calls.wait(PATIENCE) == {CALL_NEWS}
        assert not any(one.take() for one in everybody)


async def test_what_was_just_committed_here_is_told_without_being_read_and_as_if_it_were(
    services: Services, centre: Centre
) -> None:
    anna, chloe = await centre.agent("Anna"), await centre.agent("Chloe", Role.SUPERVISOR, available=False)
    knows, reads = services.feed, Feed(services.units, services.board)
    for_anna, for_chloe, beside = await knows.position(), await knows.position(), await reads.position()
    statements: list[str] = []
    event.listen(
        services.db._reader.sync_engine, "before_cursor_execute", lambda *told: statements.append(str(told[2]))
    )
    first = await centre.call_in()
    statements.clear()
    told, _ = await knows.since(anna, for_anna, statuses=False)
    assert [one.type for one in told or ()] == ["incoming_call"]
    assert not statements
    for act in (centre.call_in(), centre.caller_hangs_up(first), centre.call_in()):
        await act
        known, for_chloe = await knows.since(chloe, for_chloe, statuses=False)
        read, beside = await reads.since(chloe, beside, statuses=False)
        assert [(one.id, one.text) for one in known or ()] == [(one.id, one.text) for one in read or ()]
        assert known
