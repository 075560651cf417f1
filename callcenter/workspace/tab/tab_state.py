"""Keeps one tab up to date: a watcher per tab that is woken when something changed."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from callcenter.call_control.service import CallService
from callcenter.core.domain.agents import Actor
from callcenter.core.domain.calls import TALKING
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.entry import tab_owner
from callcenter.entry.page_session import PAGE_KEPT, Session, here, sign_in_address, told
from callcenter.platform.errors import MediaError, NotSignedIn, Refusal
from callcenter.platform.jobs.run_to_completion import whole
from callcenter.platform.pubsub.change_bus import Hub, agent_topic
from callcenter.platform.reflex import page_lifetime
from callcenter.platform.reflex.page_pulse import PageLine, line_of
from callcenter.platform.reflex.page_registry import state_lifetime_seconds
from callcenter.platform.reflex.tab_states import LOAD_PAGE
from callcenter.platform.reflex.watched_page import TROUBLE_SECONDS, WatchedPage
from callcenter.platform.registry import the
from callcenter.presence.service import PresenceService
from callcenter.workspace.media import commands as media_commands
from callcenter.workspace.service import DeskService
from callcenter.workspace.tab import caller_context, tab_connections
from callcenter.workspace.tab.caller_context import AsideView
from callcenter.workspace.tab.desk_screen import scene
from callcenter.workspace.tab.waiting_calls_state import EVERYBODY, QUEUE_CAST
from callcenter.workspace.views import DeskView

PASSING_SECONDS = 8
"""What is shown for some moments only (a call that has ended) goes by itself: look so often."""
QUIET_SECONDS = 900
"""Of a desk on which nothing passes. Reflex forgets the state of a page that is never touched, open or not."""
COALESCE_SECONDS = 0.03
MISSED_SECONDS = 1
"""Who changes from one stay in a room to the next is in none for a moment."""

logger = logging.getLogger(__name__)


@dataclass
class Shown:
    """What a watcher has told its tab so far."""

    sound: media_commands.Wanted | None = None
    beside: caller_context.Key | None = None
    missing_since: float | None = None
    line: PageLine | None = None
    """To ask the page whether it still runs."""

    def missed(self, should: media_commands.Wanted, view: DeskView) -> bool:
        """Whether the person has been missing for a while from the conversation for which this tab has the sound.

        Somebody in their name threw this tab out, or two tabs threw out each other, and nobody is left to talk.
        """
        now = time.monotonic()
        missing = should.call_id and view.call.state in TALKING and not view.call.agent_here
        self.missing_since = (self.missing_since or now) if missing else None
        return self.missing_since is not None and now - self.missing_since >= MISSED_SECONDS


class Live(WatchedPage, Session):
    """The desk as the server sees it, and the sound that goes with it."""

    view: DeskView = DeskView()
    aside: AsideView = AsideView()
    kept: str = rx.SessionStorage("", name="callcenter.tab")
    """This tab's token, connection and page, kept by the browser for when its socket comes to another process."""
    page: str = rx.SessionStorage("", name=PAGE_KEPT)
    """Another one with every load of a page, so that a tab that was duplicated does not pass for the first."""
    wrapped: int = 0
    """The ended call whose wrap-up this tab has shown."""
    ready: bool = False
    """The view has been read at least once since this page connected."""
    trouble: bool = False
    """It could not be read; it is tried again and again."""

    @rx.var
    def scene(self) -> str:
        """Which picture the middle of the desk shows."""
        return scene(self.view, self.wrapped).value

    @rx.event(background=True)
    async def watch(self) -> AsyncIterator[Any]:
        """Runs as long as the page is open; begun by ``on_load`` of every signed-in page."""
        if not page_lifetime.of_a_page():
            return
        client_token = self.router.session.client_token
        sid, entered = self.router.session.session_id, False
        shown = Shown(line=line_of(sid))
        try:
            while True:
                async with self._trying("the desk could not be read", passing=(Refusal,)):
                    actor = await whole(self._actor())
                    if not entered:
                        await tab_connections.enter(
                            client_token, actor, self._claimed(), same_page=self._is_same_page()
                        )
                        entered = True
                    await QUEUE_CAST.join(sid, EVERYBODY)
                    async with aclosing(self._commands(client_token, actor, shown)) as commands:
                        async for command in commands:
                            yield command
                await asyncio.sleep(TROUBLE_SECONDS)
        except NotSignedIn:
            changed = await tab_owner.settle()
            if changed and tab_owner.is_somebodys():
                yield LOAD_PAGE
            else:
                yield media_commands.leave()
                yield rx.redirect(sign_in_address(here(self.router.url), ended=changed))
        finally:
            await QUEUE_CAST.leave(sid)
            if entered:
                tab_connections.leave(client_token)

    @rx.event
    async def report(self, kind: str, detail: str) -> EventSpec | None:
        """What the browser says about the sound: see ``components.livekit.media_room``."""
        if kind == "lost":
            return await self._fresh_grant()
        if kind == "joined" and self.view.call.id:
            await self._entered(self.view.call.id)
        if kind in ("mic_failed", "mic_gone"):
            logger.warning("microphone trouble", extra={"trouble": detail[:40]})
            _, refused = await self._ask(lambda actor: the(PresenceService).report_device_error(actor))
            return refused
        return None

    @rx.event
    async def rejoin(self) -> EventSpec | None:
        """Try at once, with a fresh token."""
        return await self._fresh_grant()

    @rx.event
    async def take_over(self) -> EventSpec | None:
        """Bring the sound to this tab; the other tab is told."""
        connection_id = tab_connections.connection_of(self.router.session.client_token)
        _, refused = await self._ask(lambda actor: the(PresenceService).take_over(actor, connection_id))
        return refused or await self._fresh_grant()

    async def _commands(self, client_token: str, actor: Actor, shown: Shown) -> AsyncGenerator[EventSpec, None]:
        """Show what changed since ``shown``, and tell the browser what to do about its sound, until that fails."""
        async with the(Hub).subscribe(agent_topic(actor.id)) as changes:
            while True:
                view = await self._read(actor, await tab_connections.stay(client_token, actor))
                if view.me.role != actor.role:
                    raise NotSignedIn()  # as the one they were
                should = media_commands.wanted(view)
                missed = shown.missed(should, view) and await whole(_nobody_there(actor, should))
                if should != shown.sound or (should.call_id and view.media_tab == "none") or missed:
                    yield await whole(_command(actor, should, tab_connections.connection_of(client_token)))
                    shown.sound = should
                if caller_context.key(view) != shown.beside:
                    await self._show_aside(actor, view)
                    shown.beside = caller_context.key(view)
                await asyncio.sleep(COALESCE_SECONDS)
                soon = MISSED_SECONDS if shown.missing_since else _look_after(view)
                soon = min(soon, state_lifetime_seconds() / 4)
                if shown.line is None or not view.offer.id:
                    await changes.wait(soon)
                elif not await shown.line.watch_ringing(changes, soon, _seconds_until(view.offer.deadline)):
                    logger.info("a page fell silent while a call rang there", extra={"agent_id": actor.id})
                    await tab_connections.fall_silent(client_token)
                    await shown.line.until_heard()

    async def _show_aside(self, actor: Actor, view: DeskView) -> None:
        beside = await whole(caller_context.read(actor, view))
        async with self:
            if beside != self.aside:
                self.aside = beside

    async def _show_trouble(self) -> None:
        async with self:
            if not self.trouble:
                self.trouble = True

    def _claimed(self) -> str:
        owner, claimed, _ = _split(self.kept)
        return claimed if owner == self.router.session.client_token else ""

    def _is_same_page(self) -> bool:
        return bool(self.page) and self.page == _split(self.kept)[2]

    async def _entered(self, call_id: int) -> None:
        """What cannot be done now is done with LiveKit's own notification, or when rooms are compared."""
        with suppress(Refusal, MediaError):
            await the(CallService).entered(await self._actor(), call_id)

    async def _fresh_grant(self) -> EventSpec | None:
        should = media_commands.wanted(self.view)
        call_id = self.view.call.id or self.view.offer.call_id if should.elsewhere else should.call_id
        if not call_id:
            return media_commands.leave()
        connection_id = tab_connections.connection_of(self.router.session.client_token)
        try:
            return media_commands.join(await the(CallService).join_room(await self._actor(), call_id, connection_id))
        except Refusal as refusal:
            return told(refusal, self._language()) if not isinstance(refusal, NotSignedIn) else None

    async def _read(self, actor: Actor, connection_id: str) -> DeskView:
        view = await whole(the(DeskService).watched(actor, connection_id, self.view))
        kept = f"{self.router.session.client_token} {connection_id} {self.page}"
        async with self:
            if kept != self.kept:
                self.kept = kept
            if view != self.view:
                self.view = view
            if view.wrapup_until and view.ended.id != self.wrapped:
                self.wrapped = view.ended.id
            if view.me != self.me:
                self.me = view.me
            if not self.ready:
                self.ready = True
            if self.trouble:
                self.trouble = False
        return view


def _split(kept: str) -> tuple[str, str, str]:
    """Token, connection and page; empty where there is none."""
    token, connection_id, page = (*kept.split(" "), "", "", "")[:3]
    return token, connection_id, page


def _look_after(view: DeskView) -> float:
    """Seconds until it is read again though nobody said that it has changed."""
    passing = view.call.id or view.offer.id or view.ended.id or view.withdrawn.id
    return PASSING_SECONDS if passing else QUIET_SECONDS


def _seconds_until(instant: str) -> float:
    return (datetime.fromisoformat(instant) - the(UnitOfWorkFactory).clock()).total_seconds()


async def _nobody_there(actor: Actor, should: media_commands.Wanted) -> bool:
    try:
        return await the(CallService).misses_its_agent(actor, should.call_id)
    except (Refusal, MediaError):
        return False


async def _command(actor: Actor, should: media_commands.Wanted, connection_id: str) -> EventSpec:
    if not should.call_id:
        return media_commands.leave()
    return media_commands.join(await the(CallService).join_room(actor, should.call_id, connection_id))
