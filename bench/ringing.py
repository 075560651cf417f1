"""From LiveKit's notification of a caller to ``incoming_call`` at the agent: one by one, two hundred at once, and as
many a second as are accepted."""

import asyncio
from typing import Any

from bench.crowd import Crowd
from bench.figures import Figure, Sample
from bench.notices import OF_A_CALLER

CROWDS = ((1, 10.0), (100, 15.0), (500, 20.0))
"""Agents connected, and the aim in milliseconds."""
AT_ONCE = 200
ACCEPTED = 500
"""Notifications a second that are to be accepted."""
PATIENCE = 30.0
RINGS = '"incoming_call"'
Found = list[tuple[float, int, dict[str, Any]]]


async def figures(crowd: Crowd, quick: bool) -> list[Figure]:
    """For each number of connected agents; then under load, with all of them."""
    found = []
    for count, limit in CROWDS:
        async with crowd.connected(count):
            await crowd.calm()
            bare = await crowd.notifier.ask("bare", count=40)
            beside = Sample("GET /healthz", [answered - sent for sent, answered, _ in bare])
            sample, facts = await one_by_one(crowd, 20 if quick else 100, f"notified → incoming_call, {count} agents")
            found.append(Figure.of(sample, beside, limit_ms=limit, **facts))
            if count == CROWDS[-1][0]:
                found += await at_once(crowd)
                found += await accepted(crowd, 2.0 if quick else 5.0)
    return found


async def one_by_one(crowd: Crowd, rounds: int, name: str) -> tuple[Sample, dict[str, Any]]:
    """Each caller rings, and is gone before the next one comes."""
    took: list[float] = []
    used = crowd.cpu_seconds()
    for number, room in enumerate(crowd.rooms(rounds + 2)):
        await crowd.sockets.ask("watch", needle=RINGS)
        ((sent, _, status),) = await crowd.notifier.ask("run", notices=[(0.0, "participant_joined", room, "")])
        heard: Found = await crowd.sockets.ask("heard", count=1, timeout=PATIENCE)
        if status != 204 or len(heard) != 1:
            raise RuntimeError(f"call {room}: status {status}, rang {len(heard)} times")
        await crowd.sockets.ask("watch", needle='"offer_withdrawn"')
        await crowd.notifier.ask("run", notices=[(0.0, "participant_left", room, "")])
        await crowd.sockets.ask("heard", count=1, timeout=PATIENCE)
        await asyncio.sleep(0.03)
        if number > 1:
            took.append(heard[0][0] - sent)
    used = crowd.cpu_seconds() - used
    return Sample(name, took), {"server_cpu_ms_per_call": round(1000 * used / (rounds + 2), 1)}


async def at_once(crowd: Crowd) -> list[Figure]:
    """Two hundred callers in the same moment, each notification over a connection of its own."""
    rooms = crowd.rooms(AT_ONCE)
    await crowd.calm()
    await crowd.notifier.ask("bare", count=AT_ONCE, connections=AT_ONCE)  # the connections are there before
    await crowd.sockets.ask("watch", needle=RINGS)
    notices = [(0.0, "participant_joined", room, "") for room in rooms]
    answers = await crowd.notifier.ask("run", notices=notices, connections=AT_ONCE)
    heard: Found = await crowd.sockets.ask("heard", count=AT_ONCE, timeout=PATIENCE)
    began = min(sent for sent, _, _ in answers)
    rang = {message["livekit_room_name"]: at for at, _, message in heard}
    lost = AT_ONCE - sum(status == 204 for _, _, status in answers), AT_ONCE - len(rang)
    last = max(answered for _, answered, _ in answers) - began
    rung = max(rang.values(), default=began) - began
    await _hang_up(crowd, rooms)
    limit = 1000 * AT_ONCE / ACCEPTED
    return [
        Figure(f"{AT_ONCE} callers at once → the last is accepted", round(1000 * last, 1), n=AT_ONCE).aimed(
            f"≤ {limit:g} ms, none lost", last * 1000 <= limit and not lost[0]
        ),
        Figure(
            f"{AT_ONCE} callers at once → the last rings",
            round(1000 * rung, 1),
            n=AT_ONCE,
            facts={"not_accepted": lost[0], "never_rang": lost[1], "rang_twice": len(heard) - len(rang)},
        ).aimed("none lost", not lost[1] and len(heard) == len(rang)),
    ]


async def accepted(crowd: Crowd, seconds: float) -> list[Figure]:
    """As many notifications as the server takes: those of callers who come and go, as LiveKit sends them."""
    found = []
    kinds = (("of whole calls (5 each)", OF_A_CALLER), ("joined, left", ("participant_joined", "participant_left")))
    for name, events in kinds:
        await crowd.calm()
        rooms = crowd.rooms(int(seconds * 2 * ACCEPTED / len(events)))
        blocks = [rooms[start : start + AT_ONCE] for start in range(0, len(rooms), AT_ONCE)]
        notices = [(0.0, event, room, "") for block in blocks for event in events for room in block]
        used = crowd.cpu_seconds()
        answers = await crowd.notifier.ask("run", notices=notices, connections=AT_ONCE, seconds=seconds)
        used = crowd.cpu_seconds() - used
        took = max(answered for _, answered, _ in answers) - min(sent for sent, _, _ in answers)
        refused = sum(status != 204 for _, _, status in answers)
        rate = (len(answers) - refused) / took
        waits = Sample("", [answered - sent for sent, answered, _ in answers])
        facts = {"refused": refused, "p95_ms": round(waits.p95_ms, 1), "max_ms": round(waits.max_ms, 1)}
        facts["server_cpu_ms_each"] = round(1000 * used / len(answers), 2)
        found.append(
            Figure(f"notifications accepted: {name}", round(rate, 1), "/s", n=len(answers), facts=facts).aimed(
                f"≥ {ACCEPTED} /s", rate >= ACCEPTED and not refused
            )
        )
        await _hang_up(crowd, rooms)
    return found


async def _hang_up(crowd: Crowd, rooms: list[str]) -> None:
    """Whoever still waits is gone."""
    notices = [(0.0, "room_finished", room, "") for room in rooms]
    await crowd.notifier.ask("run", notices=notices, connections=8)
    await crowd.calm()
