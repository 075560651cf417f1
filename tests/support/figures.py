"""A day's work for the log and the figures, and how the figures are read."""

import asyncio

import httpx
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import EndReason
from tests.builders import Centre

CALLER, DIALLED = "+4915112345678", "+4930901820"


class Reading:
    """One answer of /metrics."""

    def __init__(self, text: str) -> None:
        self.text = text
        families = list(text_string_to_metric_families(text))
        self.names = {sample.name for family in families for sample in family.samples}
        self.values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return self.values.get((name, frozenset(labels.items())), 0.0)


async def read(here: httpx.AsyncClient) -> Reading:
    answer = await here.get("/metrics")
    assert answer.status_code == 200, answer.text
    return Reading(answer.text)


async def grown(here: httpx.AsyncClient, before: Reading, name: str, **labels: str) -> Reading:
    """The first reading in which that figure is larger than before."""
    async with asyncio.timeout(60):
        while True:
            now = await read(here)
            if now(name, **labels) > before(name, **labels):
                return now
            await asyncio.sleep(0)


async def deliver(http: httpx.AsyncClient, centre: Centre) -> None:
    """All notifications, over the route LiveKit uses."""
    while centre.media.outbox:
        body, seal = centre.media.seal(centre.media.outbox.pop(0))
        answer = await http.post("/api/calls/inbound", content=body, headers={"Authorization": seal})
        assert answer.status_code == 204


async def a_days_work(http: httpx.AsyncClient, centre: Centre, headers: dict[str, str], anna: Actor) -> None:
    """One call comes in and is answered after three seconds; then a number is dialled, which is busy."""
    room = f"call_{CALLER}_abc"
    centre.media.caller_joins(room, CALLER)
    await deliver(http, centre)
    call = await centre.by_room(room)
    centre.clock.advance(3)
    answer = await http.post(f"/api/calls/{call.id}/answer", headers=headers)
    assert answer.status_code == 200, answer.text
    name = await centre.name(anna, room)
    centre.media.agent_joins(room, name)
    centre.media.publishes(room, name)
    await deliver(http, centre)
    assert (await http.post(f"/api/calls/{call.id}/hangup", headers=headers)).status_code == 200
    await deliver(http, centre)
    answer = await http.post("/api/calls/outbound", headers=headers, json={"number": DIALLED})
    assert answer.status_code in (200, 201), answer.text
    (await centre.telephony.phone()).refuses(EndReason.BUSY, 486, "Busy Here")


def transactions() -> float:
    """How many transactions have been written so far."""
    return REGISTRY.get_sample_value("callcenter_database_seconds_count", {"kind": "write"}) or 0
