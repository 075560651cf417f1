"""What state machines of hypothesis act in: the real services in a loop of their own, with fakes around them."""

import asyncio
import secrets
import shutil
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import col, select

from callcenter.bootstrap import Services, build
from callcenter.core.domain.agent_state import AgentState
from callcenter.core.domain.agents import Actor, Role, Work
from callcenter.core.tables import Agent, Call, Offer
from callcenter.platform.errors import MediaError, Refusal
from callcenter.settings import Settings
from tests.builders import add_agent
from tests.consistency import assert_consistent
from tests.fakes import Clock, FakeMedia, FakeTelephony
from tests.support.agent_states import agent_states
from tests.support.databases import copy_of

Result = TypeVar("Result")
MakeSettings = Callable[[str], Settings]


@dataclass(frozen=True)
class Recorded:
    """What is on record at one moment."""

    now: datetime
    agents: dict[int, Agent]
    """Accounts that are not disabled."""
    states: dict[int, AgentState]
    """Of the same."""
    calls: list[Call]
    offers: list[Offer]

    def work(self, agent_id: int) -> Work:
        """What that agent is doing."""
        return self.states[agent_id].work(self.now)[0]

    @property
    def open(self) -> list[Call]:
        return [call for call in self.calls if call.ended_at is None]


class Stage:
    """A centre with agents who have no desk yet, on a database of its own. Close it."""

    def __init__(self, template: str, home: Path, make_settings: MakeSettings, media: FakeMedia | None = None) -> None:
        self._stack, self._runner = ExitStack(), asyncio.Runner()
        self._home = home / secrets.token_hex(4)
        self._home.mkdir()
        self.settings = make_settings(self._stack.enter_context(copy_of(template, self._home)))
        self.clock, self.media = Clock(), media or FakeMedia()
        self.telephony = FakeTelephony(self.media)
        self.services = build(self.settings, self.media, self.telephony, self.clock)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """To its end, with everything it leaves to be done in the background."""
        return self._runner.run(self._and_rest(work))

    async def _and_rest(self, work: Coroutine[Any, Any, Result]) -> Result:
        result = await work
        async with asyncio.timeout(30):
            while len(self.services.units._running) > self._ringing():  # noqa: ASYNC110 (nobody tells their end)
                await asyncio.sleep(0.001)
        return result

    def _ringing(self) -> int:
        """Phones that are waited for in the background until somebody says what they do."""
        return sum(not phone.result.done() for phone in self.telephony.phones)

    def tries(self, work: Awaitable[Any]) -> str:
        """The code with which it is refused; empty when it is not."""
        return self.run(_tried(work))

    def together(self, *work: Awaitable[Any]) -> list[str]:
        """All at once; how each was refused."""

        async def all_of_it() -> list[str]:
            return await asyncio.gather(*(_tried(one) for one in work))

        return self.run(all_of_it())

    def restart(self) -> None:
        """The process dies and another one begins. What it was about to do is not done."""
        self.run(self.services.stop())
        self.telephony = FakeTelephony(self.media)
        self.services = build(self.settings, self.media, self.telephony, self.clock)

    def recorded(self) -> Recorded:
        """Read everything; raises AssertionError for what contradicts itself."""
        return self.run(_recorded(self.services))

    def close(self) -> None:
        self.run(self.services.stop())
        self._runner.close()
        self._stack.close()
        shutil.rmtree(self._home)


def hire(database_url: str, make_settings: MakeSettings, **people: Role) -> list[Actor]:
    """Accounts in a database that is to be copied; each has been idle a little longer than the next."""

    async def add() -> list[Actor]:
        clock, media = Clock(), FakeMedia()
        services = build(make_settings(database_url), media, FakeTelephony(media), clock)
        found = []
        for name, role in people.items():
            found.append(await add_agent(services, name, role, available=False, connected=False))
            clock.advance(1)
        await services.stop()
        return found

    return asyncio.run(add())


async def _tried(work: Awaitable[Any]) -> str:
    try:
        await work
    except Refusal as refusal:
        return refusal.code
    except MediaError:
        return "media"
    return ""


async def _recorded(services: Services) -> Recorded:
    await assert_consistent(services)
    async with services.units.reading() as (session, now):
        everyone = (await session.execute(select(Agent).where(col(Agent.disabled_at).is_(None)))).scalars()
        agents = {one.id or 0: one for one in everyone}
        states = {agent_id: one for agent_id, one in (await agent_states(session, now)).items() if agent_id in agents}
        found = list((await session.execute(select(Call).order_by(col(Call.joined_at), col(Call.id)))).scalars())
        made = list((await session.execute(select(Offer).order_by(col(Offer.id)))).scalars())
    return Recorded(now, agents, states, found, made)
