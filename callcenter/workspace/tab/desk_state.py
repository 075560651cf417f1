"""What an agent does at the desk. Each handler identifies, calls one service and shows a refusal."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from callcenter.call_control.service import CallService
from callcenter.call_control.views import RoomGrant
from callcenter.core.domain.agents import Actor, NotReadyReason, Presence
from callcenter.entry.page_session import Result, here, sign_in_address, told
from callcenter.platform.errors import NotSignedIn, Refusal
from callcenter.platform.registry import the
from callcenter.platform.words.refusals import said
from callcenter.presence.service import PresenceService
from callcenter.workspace.media import commands as media_commands
from callcenter.workspace.service import DeskService
from callcenter.workspace.tab import tab_connections
from callcenter.workspace.tab.tab_state import Live

LONGEST_NUMBER = 200


class Desk(Live):
    """The buttons of the desk and what stands beside a call."""

    keys_open: bool = False
    devices_open: bool = False
    softphone_open: bool = False
    dial_refused: str = ""
    """Why the number in the field was not dialled."""

    @rx.event
    async def answer(self) -> EventSpec | None:
        """Take the offered call."""
        call_id, connection_id = self.view.offer.call_id, self._connection()
        grant, refused = await self._act(lambda actor: the(CallService).answer(actor, call_id, connection_id))
        return media_commands.join(grant) if grant else refused

    @rx.event
    async def decline(self) -> EventSpec | None:
        """Let it go to the next agent."""
        call_id = self.view.offer.call_id
        return await self._do(lambda actor: the(CallService).decline(actor, call_id))

    @rx.event
    async def hang_up(self) -> EventSpec | None:
        """End the call one has."""
        call_id = self.view.call.id
        return await self._do(lambda actor: the(CallService).hang_up(actor, call_id))

    @rx.event
    async def dial(self, form: dict[str, Any]) -> EventSpec | list[EventSpec] | None:
        """The number field was sent off. A refusal is shown beside it, and what was typed stays."""
        grant, refusal, leave = await self._dial(str(form.get("number", ""))[:LONGEST_NUMBER])
        if grant:
            return [rx.set_value("number", ""), media_commands.join(grant)]
        self.dial_refused = said(refusal, self._language()) if refusal else ""
        return leave or rx.set_focus("number")

    @rx.event
    def forget_refusal(self) -> None:
        """Something else is being typed, or the page is opened anew with an empty field."""
        if self.dial_refused:
            self.dial_refused = ""

    @rx.event
    async def dial_number(self, number: str) -> EventSpec | list[EventSpec] | None:
        """A recent number, or trying again."""
        grant, refusal, leave = await self._dial(number)
        if grant:
            return media_commands.join(grant)
        return told(refusal, self._language()) if refusal else leave

    @rx.event
    async def go(self, presence: str, reason: str) -> EventSpec | None:
        """Choose a status. While a call is on, going offline or not ready waits for its end."""
        chosen = Presence(presence) if presence in list(Presence) else Presence.OFFLINE
        why = NotReadyReason(reason) if reason in list(NotReadyReason) else None
        return await self._do(lambda actor: the(PresenceService).choose(actor, chosen, why))

    @rx.event
    async def keep_presence(self) -> EventSpec | None:
        """Take the status chosen for after the call back."""
        return await self._do(lambda actor: the(PresenceService).set_next(actor, None))

    @rx.event
    async def back_in_routing(self) -> EventSpec | None:
        """After a missed or declined call, or a repaired microphone."""
        return await self._do(lambda actor: the(PresenceService).clear_routable(actor))

    @rx.event
    async def finish_wrap_up(self) -> EventSpec | None:
        """Ready now."""
        return await self._do(lambda actor: the(PresenceService).finish_wrap_up(actor))

    @rx.event
    def show(self, what: str, open_: bool) -> None:
        """Open or close a menu or a sheet."""
        if what in ("keys", "devices", "softphone"):
            setattr(self, f"{what}_open", open_)

    @rx.event
    def show_keys(self) -> None:
        """The sheet with the keys."""
        self.keys_open = not self.keys_open

    async def _dial(self, number: str) -> tuple[RoomGrant | None, Refusal | None, EventSpec | None]:
        """Where to talk, or why not, or the way to the sign-in page."""
        self.dial_refused = ""
        try:
            actor = await self._actor()
            grant = await self._shown(actor, the(CallService).dial(actor, number, self._connection()))
        except NotSignedIn:
            return None, None, rx.redirect(sign_in_address(here(self.router.url)))
        except Refusal as refusal:
            return None, refusal, None
        self.softphone_open = False
        return grant, None, None

    async def _do(self, act: Callable[[Actor], Awaitable[Any]]) -> EventSpec | None:
        return (await self._act(act))[1]

    async def _act(self, act: Callable[[Actor], Awaitable[Result]]) -> tuple[Result | None, EventSpec | None]:
        """Identify once, act, and show what that did. A refusal comes back as the event that shows it."""

        @wraps(act)
        async def acting(actor: Actor) -> Result:
            return await self._shown(actor, act(actor))

        return await self._ask(acting)

    async def _shown(self, actor: Actor, acting: Awaitable[Result]) -> Result:
        """Act, then show at once what that did, or why it was refused; the watcher tells the other tabs."""
        try:
            result = await acting
        except NotSignedIn:
            raise
        except Refusal:
            await self._refresh(actor)
            raise
        await self._refresh(actor)
        return result

    async def _refresh(self, actor: Actor) -> None:
        """Read the desk anew. A click that has had its effect is not undone by a desk that cannot be read."""
        with suppress(Refusal):
            view = await the(DeskService).watched(actor, self._connection(), self.view)
            if view != self.view:
                self.view = view

    def _connection(self) -> str:
        return tab_connections.connection_of(self.router.session.client_token)
