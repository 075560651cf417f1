"""From something that happens to those who are told of it."""

import asyncio
import sqlite3
import time
from pathlib import Path

from bench.centre import Centre, Listener
from bench.figures import Row, Sample

CROWD = 50


async def rows(centre: Centre, home: Path, rounds: int) -> list[Row]:
    """A caller rings with one agent and with many; an agent's status changes before the eyes of many."""
    commit = await asyncio.to_thread(one_commit, home / "commit.db", rounds)
    found = []
    for count in (1, CROWD):
        async with centre.listening(count) as listeners:
            await settled(listeners)
            bare = await bare_request(centre, rounds)
            rings = await ringing(centre, listeners, rounds)
            found += [Row.of(rings, bare)] + ([Row.of(rings, commit)] if count == 1 else [])
            if count == CROWD:
                found.append(Row.of(await status(centre, listeners, rounds), await ping(listeners, rounds)))
    return found


async def settled(listeners: list[Listener]) -> None:
    """Everybody has had their snapshot, and what came of the others' coming."""
    for listener in listeners:
        await listener.when("snapshot")
    await ping(listeners, 3)


async def bare_request(centre: Centre, rounds: int) -> Sample:
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        await centre.http.get("/healthz")
        took.append(time.perf_counter() - started)
    return Sample("GET /healthz", took)


def one_commit(path: Path, rounds: int) -> Sample:
    """One row into an empty table, with the settings of the product."""
    took = []
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute("CREATE TABLE t (x)")
        for number in range(rounds):
            started = time.perf_counter()
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO t VALUES (?)", (number,))
            database.execute("COMMIT")
            took.append(time.perf_counter() - started)
    return Sample("one SQLite commit", took)


async def ringing(centre: Centre, listeners: list[Listener], rounds: int) -> Sample:
    took = []
    for _ in range(rounds):
        room = centre.room_name()
        notification = centre.notification("participant_joined", room)
        waiting = [asyncio.create_task(one.when("incoming_call", livekit_room_name=room)) for one in listeners]
        started = time.perf_counter()
        await centre.http.post("/api/calls/inbound", **notification)
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        took.append(min(task.result()[0] for task in done) - started)
        for task in pending:
            task.cancel()
        await centre.notify("participant_left", room)
        rang_at = listeners[waiting.index(next(iter(done)))]
        await rang_at.when("room_update", livekit_room_name=room, event="offer_withdrawn")
    return Sample(f"caller joins → incoming_call, {len(listeners)} connected", took)


async def status(centre: Centre, listeners: list[Listener], rounds: int) -> Sample:
    took = []
    for number in range(rounds):
        wanted = ("Busy", "Available")[number % 2]
        facts = {"agent_id": await own_id(centre, listeners[0]), "status": wanted}
        waiting = [asyncio.create_task(one.when("status_update", **facts)) for one in listeners]
        started = time.perf_counter()
        await centre.http.put("/api/agents/status", json={"status": wanted}, headers=listeners[0].headers)
        took.append(max([(await task)[0] for task in waiting]) - started)
    return Sample(f"status → the last of {len(listeners)} is told", took)


async def own_id(centre: Centre, listener: Listener) -> int:
    answer = await centre.http.get("/api/agents/me", headers=listener.headers)
    return int(answer.json()["id"])


async def ping(listeners: list[Listener], rounds: int) -> Sample:
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        for listener in listeners:
            await listener.socket.send('{"type": "ping"}')
        took.append(max([(await one.when("pong"))[0] for one in listeners]) - started)
    return Sample(f"ping → the last of {len(listeners)} pongs", took)
