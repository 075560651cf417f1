"""`call` and `phone` as programs: what they write, how they end, and that no phone is left behind."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from livekit import api

from callcenter.cli.simulator import AgentEars, Connection, SimulatedPhone, tone
from tests.support.livekit_server import LiveKitServer

SOON = 60.0
PREFIX = "+4930231252"

Start = Callable[..., Awaitable[Process]]


@pytest.fixture(scope="module")
def server() -> Iterator[LiveKitServer]:
    server = LiveKitServer.boot()
    yield server
    server.stop()


@pytest.fixture
async def start(server: LiveKitServer) -> AsyncIterator[Start]:
    started: list[Process] = []

    async def start(*arguments: str, **environment: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "callcenter", *arguments,
            stdout=PIPE, stderr=PIPE, env=os.environ | server.environment | environment,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
async def agent(server: LiveKitServer, request: pytest.FixtureRequest) -> AsyncIterator[AgentEars]:
    """An agent alone in a room of this test's own, sounding 1000 Hz."""
    grants = api.VideoGrants(room_join=True, room=f"out_{request.node.name}")
    token = api.AccessToken(server.api_key, server.api_secret).with_identity("agent_1").with_grants(grants)
    agent = await AgentEars.join(server.ws_url, token.to_jwt(), sound=tone(1000))
    yield agent
    await agent.leave()


async def lines(process: Process) -> list[dict[str, Any]]:
    assert process.stdout is not None
    async with asyncio.timeout(2 * SOON):
        return [json.loads(line) async for line in process.stdout]


async def next_line(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    async with asyncio.timeout(SOON):
        return dict(json.loads(await process.stdout.readline()))


def dial(agent: AgentEars, digits: str) -> tuple[str, ...]:
    return ("phone", "--room", agent.room_name, "--identity", "phone_1", "--number", PREFIX + digits)


def status(agent: AgentEars) -> str | None:
    phone = agent.room.remote_participants.get("phone_1")
    return phone.attributes["sip.callStatus"] if phone else None


@pytest.mark.parametrize(
    ("digits", "states"),
    [
        ("01", ["dialing", "busy"]),
        ("02", ["dialing", "ringing", "declined"]),
        ("04", ["dialing", "failed"]),
    ],
)
async def test_a_phone_that_does_not_answer_says_why(
    start: Start, agent: AgentEars, digits: str, states: list[str]
) -> None:
    process = await start(*dial(agent, digits))
    assert [line["state"] for line in await lines(process)] == states
    assert await process.wait() == 0
    await agent.wait_until(lambda: not agent.others, SOON, "still saw the phone")
    assert agent.seconds_heard == 0


async def test_a_phone_answers_speaks_and_hangs_up(start: Start, agent: AgentEars) -> None:
    process = await start(*dial(agent, "05"))
    heard_before: list[str | None] = []
    agent.room.on("track_published", lambda: heard_before.append(status(agent)))
    await agent.wait_hears(2 * SOON)
    assert heard_before == ["active"]
    assert [line["state"] for line in await lines(process)] == ["dialing", "ringing", "answered", "over"]
    assert await process.wait() == 0


async def test_a_phone_that_is_given_up_while_it_rings_goes(
    start: Start, agent: AgentEars, server: LiveKitServer
) -> None:
    process = await start(*dial(agent, "03"))
    assert (await next_line(process))["state"] == "dialing"
    assert (await next_line(process))["state"] == "ringing"
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as control:
        who = api.RoomParticipantIdentity(room=agent.room_name, identity="phone_1")
        await control.room.remove_participant(who)
    assert [line["state"] for line in await lines(process)] == ["no_answer"]


START_AND_END = """
import subprocess, sys
phone = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
phone.stdout.readline()
print(phone.pid)
"""


async def gone(pid: int) -> None:
    """Until a process that is not our child has ended."""
    ended = asyncio.Event()
    handle = os.pidfd_open(pid)
    asyncio.get_running_loop().add_reader(handle, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), SOON)
    finally:
        asyncio.get_running_loop().remove_reader(handle)
        os.close(handle)


async def test_a_phone_outlives_who_started_it_but_not_its_room(agent: AgentEars, server: LiveKitServer) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START_AND_END, sys.executable, "-m", "callcenter", *dial(agent, "00"),
        stdout=PIPE, env=os.environ | server.environment, start_new_session=True,
    )  # fmt: skip
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), 2 * SOON))
    assert await asyncio.wait_for(parent.wait(), SOON) == 0
    await agent.wait_hears(SOON)
    async with api.LiveKitAPI(server.url, server.api_key, server.api_secret) as control:
        await control.room.delete_room(api.DeleteRoomRequest(room=agent.room_name))
    await gone(pid)


async def test_a_phone_does_not_stay_alone(server: LiveKitServer) -> None:
    connection = Connection(server.ws_url, server.api_key, server.api_secret)
    told: list[str] = []
    phone = await SimulatedPhone.join(
        connection, room="out_alone", identity="phone_1", number=PREFIX + "03", alone_seconds=0.3,
        tell=lambda experience: told.append(experience.name),
    )  # fmt: skip
    await asyncio.wait_for(phone.live_through(), SOON)
    assert told == ["dialing", "ringing", "no_answer"]


async def test_a_caller_tells_its_story_and_the_exit_status_says_unanswered(start: Start) -> None:
    process = await start("call", "--json", "--patience", "0.5", "--from", "+49 30 231252 10")
    told = await lines(process)
    assert [line["event"] for line in told] == ["ringing", "gave_up", "summary"]
    assert told[0]["number"] == PREFIX + "10"
    assert told[2]["abandoned"] == 1
    assert await process.wait() == 1


async def test_an_answered_caller_hangs_up_on_interrupt_with_status_0(start: Start, server: LiveKitServer) -> None:
    process = await start("call", "--json", "--tone", "440")
    room = (await next_line(process))["room"]
    grants = api.VideoGrants(room_join=True, room=room)
    token = api.AccessToken(server.api_key, server.api_secret).with_identity("agent_1").with_grants(grants)
    agent = await AgentEars.join(server.ws_url, token.to_jwt(), sound=tone(1000))
    assert (await next_line(process))["event"] == "answered"
    await agent.wait_hears(SOON, tone=440)
    process.send_signal(signal.SIGINT)
    assert [line["event"] for line in await lines(process)][-2:] == ["hung_up", "summary"]
    assert await process.wait() == 0
    await agent.leave()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--rate", "3", "--every", "3"], 2, "give --rate or --every"),
        (["--audio", "x.wav", "--tone", "440"], 2, "give --audio or --tone"),
        (["--audio", "missing.wav"], 1, "cannot be played"),
    ],
)
async def test_options_that_do_not_fit_are_one_line(
    start: Start, arguments: list[str], status: int, words: str
) -> None:
    process = await start("call", *arguments)
    _, stderr = await process.communicate()
    assert process.returncode == status
    assert words in stderr.decode()
    assert "Traceback" not in stderr.decode()


async def test_without_livekit_there_is_one_clear_line(start: Start) -> None:
    process = await start("call", LIVEKIT_URL="http://127.0.0.1:9", LIVEKIT_WS_URL="")
    _, stderr = await process.communicate()
    assert process.returncode == 1
    assert stderr.decode() == "error: LiveKit does not answer at ws://127.0.0.1:9: start it with `make run`\n"
