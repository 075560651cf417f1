"""Which connection belongs to which tab of this process.

A tab moves between pages and reloads; each time its watcher is cancelled and another begins. It keeps its
connection over such a moment, and with it the sound of a call. When its socket comes from another process, or from
this one before it was restarted, the tab says which connection it had.
"""

import asyncio
import logging
from dataclasses import dataclass, field

from callcenter.core.domain.agents import Actor
from callcenter.platform.jobs.background_task import HeldTasks
from callcenter.platform.jobs.run_to_completion import whole
from callcenter.platform.registry import the
from callcenter.presence.connection_leases import Attendance
from callcenter.presence.service import PresenceService
from callcenter.workspace.service import DeskService

LINGER_SECONDS = 1.5

logger = logging.getLogger(__name__)


@dataclass
class Tab:
    agent_id: int
    connection_id: str
    watchers: int = 0
    connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two watchers of one tab that begin together share a connection."""


_tabs: dict[str, Tab] = {}
_closing = HeldTasks()


async def enter(client_token: str, actor: Actor, claimed: str = "", *, same_page: bool = False) -> str:
    """A watcher of this tab begins. Returns the tab's connection, an open one if it had one.

    ``claimed`` comes from the browser: it is believed only of the connection that has this person's sound.
    """
    tab = _tabs.get(client_token)
    if tab is None and claimed and await whole(_claim(actor, claimed, same_page)):
        tab = _tabs.setdefault(client_token, Tab(actor.id, claimed))
    if tab is not None and tab.agent_id != actor.id:
        del _tabs[client_token]
        await _disconnect(tab)
        tab = None
    if tab is None:
        tab = _tabs.setdefault(client_token, Tab(actor.id, ""))
    tab.watchers += 1  # before anything is awaited: a tab about to close has to see that somebody is back
    try:
        await whole(_connect(tab, actor))
    except BaseException:
        leave(client_token)
        raise
    return tab.connection_id


async def stay(client_token: str, actor: Actor) -> str:
    """Still there. Connects anew when the lease had run out, as after this machine stood still."""
    tab = _tabs[client_token]
    await whole(_connect(tab, actor))
    return tab.connection_id


async def fall_silent(client_token: str) -> None:
    """Its page does not answer: as if the tab had closed, until the page is heard again and ``stay`` is called."""
    await whole(_disconnect(_tabs[client_token]))


def leave(client_token: str) -> None:
    """A watcher ends. Unless another begins within moments the tab counts as closed."""
    tab = _tabs.get(client_token)
    if tab is None:
        return
    tab.watchers -= 1
    if tab.watchers <= 0:
        _closing.start(_close_unless_back(client_token, tab))


def connection_of(client_token: str) -> str:
    """The connection of a tab; empty when it has none (yet)."""
    tab = _tabs.get(client_token)
    return tab.connection_id if tab else ""


async def _claim(actor: Actor, claimed: str, same_page: bool) -> bool:
    if (await the(DeskService).view(actor, claimed)).media_tab != "here":
        return False
    return await the(PresenceService).claim(actor, claimed, same_page=same_page)


async def _connect(tab: Tab, actor: Actor) -> None:
    async with tab.connecting:
        held = the(Attendance).holds(tab.connection_id)
        if not held and not (tab.connection_id and await the(PresenceService).renew(tab.connection_id)):
            tab.connection_id = await the(PresenceService).connect(actor, "desk")
        the(Attendance).hold(tab.connection_id, actor)


async def _close_unless_back(client_token: str, tab: Tab) -> None:
    await asyncio.sleep(LINGER_SECONDS)
    if tab.watchers > 0 or _tabs.get(client_token) is not tab:
        return
    del _tabs[client_token]
    try:
        await _disconnect(tab)
    except Exception:
        logger.exception("a closed tab could not be signed off; its lease will run out")


async def _disconnect(tab: Tab) -> None:
    the(Attendance).let_go(tab.connection_id)
    await the(PresenceService).disconnect(tab.connection_id)
