"""A thousand callers in a minute among five hundred agents: every call is offered, answered, talked through and ended
once, and the database has it so."""

import asyncio
from typing import Any

from sqlalchemy import create_engine, text

from bench.crowd import AGENTS, Crowd
from bench.databases import sync_url
from bench.figures import Figure, Sample

CALLS, SECONDS = 1000, 60.0
THINK, JOIN, TALK = 1.0, 0.2, 20.0
LIMIT_MS = 20.0
PATIENCE = 60.0
QUESTIONS = {
    "calls": "SELECT count(*) FROM call",
    "completed": "SELECT count(*) FROM call WHERE state = 'completed' AND answered_at IS NOT NULL",
    "accepted offers": "SELECT count(*) FROM offer WHERE state = 'accepted'",
    "all offers": "SELECT count(*) FROM offer",
    "ends logged": "SELECT count(*) FROM call_event WHERE kind = 'ended'",
    "callers' legs": "SELECT count(*) FROM leg WHERE role = 'caller' AND left_at IS NOT NULL",
}
NEVER = {
    "rooms with two calls": "SELECT count(*) - count(DISTINCT livekit_room_name) FROM call",
    "agents with two calls at once": """
        SELECT count(*) FROM call a JOIN call b ON a.agent_id = b.agent_id AND a.id < b.id
        WHERE b.answered_at < a.ended_at AND a.answered_at < b.ended_at""",
}


async def figures(crowd: Crowd, quick: bool) -> list[Figure]:
    """The calls are LiveKit's notifications, signed and sent by the bench: there are no rooms and there is no sound."""
    count, every = CALLS // 4 if quick else CALLS, SECONDS / CALLS
    rooms, livekit = crowd.rooms(count), crowd.app.livekit
    life = {"think": THINK, "join": JOIN, "talk": TALK, "key": livekit.webhook_key, "secret": livekit.webhook_secret}
    async with crowd.connected(AGENTS):
        await crowd.calm()
        await crowd.notifier.ask("bare", count=200, connections=200)
        await crowd.sockets.ask("live", **life)
        used = crowd.cpu_seconds()
        notices = [(number * every, "participant_joined", room, "") for number, room in enumerate(rooms)]
        answers = await crowd.notifier.ask("run", notices=notices, connections=200, timed=True)
        steps = await crowd.sockets.ask("over", count=count, timeout=THINK + JOIN + TALK + PATIENCE)
        heard = await crowd.sockets.ask("heard", count=count, timeout=1)
        await crowd.calm()
        used = crowd.cpu_seconds() - used
        lost = await crowd.sockets.ask("lost")
    sent = {room: at for room, (at, _, _) in zip(rooms, answers, strict=True)}
    rang: dict[str, float] = {}
    for at, _, message in heard:
        rang.setdefault(message["livekit_room_name"], at)
    facts = await asyncio.to_thread(_ask, crowd.database_url)
    facts["refused"] = sum(status not in (200, 204) for _, status in steps) + sum(one[2] != 204 for one in answers)
    facts["sockets lost"] = lost
    facts["server_cpu_ms_per_call"] = round(1000 * used / count, 1)
    wrong = sum(abs(count - facts[name]) for name in QUESTIONS) + sum(facts[name] for name in NEVER) + count - len(rang)
    sample = Sample(
        f"{count:,} calls among {AGENTS} agents, {1 / every:.1f} a second → incoming_call",
        [at - sent[room] for room, at in rang.items()],
    )
    return [
        Figure.of(sample, limit_ms=LIMIT_MS, **facts),
        Figure("… rows of calls, offers, legs and log that are missing, doubled or wrong", wrong, "", n=count).aimed(
            "none", wrong == 0
        ),
    ]


def _ask(url: str) -> dict[str, Any]:
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        found = {name: connection.execute(text(query)).scalar_one() for name, query in (QUESTIONS | NEVER).items()}
    engine.dispose()
    return found
