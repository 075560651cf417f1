"""What is open in this process (tabs and programs): its leases and its sign-ins are kept up for all of it at once.

One statement every few seconds renews every lease, and one asks whose sign-in is over; what either concerns is woken
by the topics of its agent and account, and looks for itself. A process that dies renews nothing, so its leases run out
like any other's.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import timedelta

from callcenter.core.agent_state_cache import BoardNow
from callcenter.core.domain.agents import Actor
from callcenter.core.store import connections, sign_ins
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.database.engine import WriteLock
from callcenter.platform.database.retry import retried
from callcenter.platform.pubsub.change_bus import account_topic, agent_topic
from callcenter.settings import Settings

RENEW_SECONDS = 8.0
InUse = Callable[[Collection[str]], None]
"""Is told, every few seconds, which sign-ins are in use here."""
PARTS = 3
"""A lease is renewed at least so often while it runs."""


class Attendance:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory, board: BoardNow, in_use: InUse) -> None:
        self._settings = settings
        self._units = units
        self._board = board
        self._in_use = in_use
        self._open: dict[str, Actor] = {}

    @property
    def seconds(self) -> float:
        """How often ``run`` has to be called."""
        return min(RENEW_SECONDS, self._settings.lease_seconds / PARTS)

    def hold(self, connection_id: str, actor: Actor) -> None:
        """From now on its lease is renewed here. The lease must be running."""
        self._open[connection_id] = actor

    def let_go(self, connection_id: str) -> None:
        self._open.pop(connection_id, None)

    def holds(self, connection_id: str) -> bool:
        """False when it is not, or no longer, open: its lease has run out, and it has to connect anew."""
        return connection_id in self._open

    async def run(self) -> None:
        """Renew every lease; wake those who have lost theirs, and those whose sign-in is over."""
        held = dict(self._open)
        if not held:
            return
        try:
            await self._renew(held)
            await self._check_sign_ins(held)
            await self._board.read()  # wakes those who should have been told of a change, and were not
        except Exception:
            self._wake(held.values())  # who tries to read says that it cannot be read
            raise

    @retried
    async def _renew(self, held: dict[str, Actor]) -> None:
        async with self._units.begin(WriteLock.NOBODY) as unit:
            holder, until = self._units.hub.origin, unit.now + timedelta(seconds=self._settings.lease_seconds)
            renewed = await connections.renew(unit.session, held.keys(), holder, unit.now, until)
        lost = [connection_id for connection_id in held if connection_id not in renewed]
        for connection_id in lost:
            self.let_go(connection_id)
        self._wake(held[connection_id] for connection_id in lost)

    async def _check_sign_ins(self, held: dict[str, Actor]) -> None:
        used = {actor.login_session for actor in held.values() if actor.login_session}
        async with self._units.reading(once=True) as (session, now):
            live = await sign_ins.live_ones(session, used, now)
        self._in_use(live)
        self._wake(actor for actor in held.values() if actor.login_session and actor.login_session not in live)

    def _wake(self, actors: Iterable[Actor]) -> None:
        for actor in actors:
            self._units.hub.wake(account_topic(actor.id), agent_topic(actor.id))
