"""Counts the files of the product that one act passes on its way to its effect: how much a reader has to follow.

python tools/files_passed.py [--list]

Four routes are run in this process, on the real services and a database of their own, with a media server and phones in
memory. Each is run once to warm up; then every file of which a function is entered between the act and its effect
counts once. Whatever else the process does meanwhile counts as well, so every route is run several times, and the
smallest number is shown. ``--list`` names the files, in the order in which they were entered.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import httpx
import reflex as rx
from reflex_base.event.context import EventContext

from callcenter.api_app import create_api, guarded, limited
from callcenter.bootstrap import build, set_services
from callcenter.cli.migrate import upgrade
from callcenter.core.domain.agents import Actor, Presence
from callcenter.core.ports.media_server import WEBHOOK_PATH
from callcenter.core.ports.telephony_provider import DialOrder, Report
from callcenter.entry import tab_owner
from callcenter.platform.http.request_log import Requests
from callcenter.room_events.api import Straight
from callcenter.settings import Settings
from callcenter.workspace.tab.desk_state import Desk
from callcenter.workspace.views import CurrentCallView, DeskView
from tests.builders import LONG_LEASE, PASSWORD, Centre, add_agent
from tests.fakes import WEBHOOK_KEY, WEBHOOK_SECRET, Clock, FakeMedia, FakeTelephony
from tests.support.asgi_socket import Socket

PRODUCT = str(ROOT / "callcenter") + os.sep
ADDRESS = "http://localhost:3000"
ROUNDS = 5
PATIENCE = 10.0
TAB = "tab"
SIGNS_WITH = "signs what this process alone sees 0123456789"


@dataclass
class Trail:
    """The files entered since ``begins``, until ``ends`` is called for the first time."""

    files: dict[str, None] = field(default_factory=dict)
    over: bool = False

    @contextmanager
    def begins(self) -> Iterator[None]:
        sys.setprofile(self._entered)
        try:
            yield
        finally:
            sys.setprofile(None)

    def ends(self) -> None:
        """The effect is there: what comes now no longer counts."""
        self.over = True

    def _entered(self, frame: FrameType, event: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and not self.over and file.startswith(PRODUCT):
            self.files.setdefault(file.removeprefix(PRODUCT))


class Phones(FakeTelephony):
    """Says when a phone is to be called."""

    def __init__(self, media: FakeMedia) -> None:
        super().__init__(media)
        self.trail = Trail()
        self.asked = asyncio.Event()

    async def dial(self, order: DialOrder, report: Report) -> None:
        self.trail.ends()
        self.asked.set()
        await super().dial(order, report)


@dataclass
class Stage:
    """A centre with its API, and two agents."""

    centre: Centre
    media: FakeMedia
    phones: Phones
    app: Any
    http: httpx.AsyncClient
    anna: Actor
    ben: Actor

    async def token(self, actor: Actor, status: str) -> str:
        form = {"username": actor.username, "password": PASSWORD, "status": status}
        answer = await self.http.post("/api/login", data=form)
        return str(answer.raise_for_status().json()["access_token"])

    @asynccontextmanager
    async def listening(self, actor: Actor, status: str) -> AsyncIterator[Socket]:
        """A program of that agent's that has read the present state."""
        socket = Socket(self.app, "/api/ws", {})
        await socket.connect()
        await socket.sign_in(await self.token(actor, status))
        try:
            yield socket
        finally:
            await socket.leave()

    @asynccontextmanager
    async def page(self, actor: Actor, call_id: int = 0) -> AsyncIterator[Desk]:
        """The state of a desk that shows this call, as an event of its tab finds it."""
        signed = await self.centre.services.auth.sign_in(actor.username, PASSWORD, "203.0.113.1", "desk")
        cookie = f"{self.centre.services.settings.session_cookie}={signed.token}"
        nothing: Any = None
        event = EventContext(
            token=TAB, state_manager=nothing, enqueue_impl=nothing, router_data={"headers": {"cookie": cookie}}
        )
        at_work = tab_owner.Running(event.txid, tab_owner._label(signed.actor), None)
        desk: Any = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
        for name in Desk.get_full_name().split(".")[1:]:
            desk = desk.substates[name]
        assert isinstance(desk, Desk)
        desk.view = DeskView(call=CurrentCallView(id=call_id))
        contexts = EventContext.set(event), tab_owner._running.set(at_work)
        try:
            yield desk
        finally:
            EventContext.reset(contexts[0])
            tab_owner._running.reset(contexts[1])


Route = Callable[[Stage, Trail], Awaitable[None]]


async def a_webhook_until_it_rings(stage: Stage, trail: Trail) -> None:
    """LiveKit says that a caller has come; a program of the agent's is told of it."""
    async with stage.listening(stage.anna, "Available") as socket:
        room = f"call_{len(stage.centre.delivered)}_{id(trail)}"
        stage.media.caller_joins(room)
        joined = next(one for one in stage.media.outbox if one.kind == "participant_joined")
        stage.centre.forget_notifications()
        body, authorization = stage.media.seal(joined)
        headers = {"authorization": authorization, "content-type": "application/webhook+json"}
        with trail.begins():
            told = asyncio.create_task(_told(trail, socket, "incoming_call"))
            answer = await stage.http.post(WEBHOOK_PATH, content=body, headers=headers)
            await told
        answer.raise_for_status()
        await stage.media.delete_room(room)
        await stage.centre.deliver()


async def a_click_on_hang_up(stage: Stage, trail: Trail) -> None:
    """At the desk; the room of the call is to be closed, and the desk is shown that it is over."""
    await stage.centre.services.presence.connect(stage.anna, "desk", LONG_LEASE)
    await stage.centre.services.presence.set(stage.anna, Presence.AVAILABLE)
    call_id = await stage.centre.talk(stage.anna)
    async with stage.page(stage.anna, call_id) as desk:
        with trail.begins():
            await _clicked(desk.hang_up)
            trail.ends()
        assert not desk.view.call.id
    await stage.centre.deliver()
    await stage.centre.services.presence.finish_wrap_up(stage.anna)
    await stage.centre.later(20)


async def a_dial(stage: Stage, trail: Trail) -> None:
    """A number is sent off at the desk; the provider is asked to call it."""
    async with stage.page(stage.anna) as desk:
        stage.phones.trail = trail
        stage.phones.asked.clear()
        with trail.begins():
            await _clicked(desk.dial_number, "030 1234567")
            await asyncio.wait_for(stage.phones.asked.wait(), PATIENCE)
        await _clicked(desk.hang_up)
    await stage.centre.later(60)


async def a_status_change(stage: Stage, trail: Trail) -> None:
    """Chosen at one agent's desk; another agent's program is told."""
    await stage.centre.services.presence.connect(stage.anna, "desk", LONG_LEASE)
    async with stage.listening(stage.ben, "Offline") as socket, stage.page(stage.anna) as desk:
        await _clicked(desk.go, "not_ready", "")
        await socket.until("status_update", agent_id=stage.anna.id)
        with trail.begins():
            told = asyncio.create_task(_told(trail, socket, "status_update", agent_id=stage.anna.id))
            await _clicked(desk.go, "offline", "")
            await told


async def _told(trail: Trail, socket: Socket, kind: str, **facts: Any) -> None:
    await socket.until(kind, **facts)
    trail.ends()


async def _clicked(handler: Any, *values: str) -> None:
    """What a handler of a page's state does."""
    await handler.fn(handler.args[0], *values) if hasattr(handler, "fn") else await handler(*values)


ROUTES: dict[str, Route] = {
    "a webhook until it rings": a_webhook_until_it_rings,
    "a click on Hang up": a_click_on_hang_up,
    "a dial": a_dial,
    "a status change": a_status_change,
}


@asynccontextmanager
async def staged(home: Path) -> AsyncIterator[Stage]:
    """Made for one route, and thrown away after it."""
    settings = Settings(
        _env_file=None,
        debug=True,
        secret_key=SIGNS_WITH,
        livekit_api_key="key",
        livekit_api_secret=SIGNS_WITH,
        livekit_webhook_key=WEBHOOK_KEY,
        livekit_webhook_secret=WEBHOOK_SECRET,
        livekit_url="http://127.0.0.1:9",
        public_url=ADDRESS,
        database_url=f"sqlite:///{home / 'callcenter.db'}",
        telephony_file="",
        dials_per_minute=1000,
    )
    upgrade(settings)
    media, clock = FakeMedia(), Clock()
    phones = Phones(media)
    services = build(settings, media, phones, clock)
    set_services(services)
    app = Requests(guarded(limited(Straight(create_api()))))
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as http:
            centre = Centre(services, media, clock)
            people = [await add_agent(services, name, available=False, connected=False) for name in ("Anna", "Ben")]
            yield Stage(centre, media, phones, app, http, *people)
    finally:
        set_services(None)
        await services.stop()


async def measured(route: Route) -> list[str]:
    """The files of the shortest of several runs."""
    with tempfile.TemporaryDirectory() as home:
        async with staged(Path(home)) as stage:
            await route(stage, Trail())
            trails = []
            for _ in range(ROUNDS):
                trail = Trail()
                await route(stage, trail)
                trails.append(list(trail.files))
    return min(trails, key=len)


def main() -> None:
    """One line for each route."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="name the files as well")
    chosen = parser.parse_args()
    for name, route in ROUTES.items():
        files = asyncio.run(measured(route))
        print(f"{len(files):3}  {name}")
        if chosen.list:
            print(*(f"       {file}" for file in files), sep="\n")


if __name__ == "__main__":
    main()
