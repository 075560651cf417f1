"""How things are now, for Prometheus: read from the database when somebody asks."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from callcenter.core.agent_state_cache import BoardNow
from callcenter.core.domain.agents import AgentStatus
from callcenter.core.domain.calls import OPEN, WAITING, CallState
from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.monitoring import store as monitoring_store
from callcenter.platform.observability import metrics
from callcenter.platform.recent_value import Recent
from callcenter.settings import Settings

KINDS = ("desk", "api")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Figures(Collector):
    """One reading. ``readable`` is False, and nothing else known, when the database could not be read."""

    readable: bool = False
    calls: dict[CallState, int] = field(default_factory=dict)
    longest_wait: float = 0
    """Seconds."""
    agents: dict[AgentStatus, int] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    webhook_age: float | None = None
    """Seconds since the last notification; None when there was none within a day."""
    pools: dict[tuple[str, str], int] = field(default_factory=dict)

    def collect(self) -> Iterator[Metric]:
        yield _gauge("callcenter_database_readable", "1 when the database could be read for this.", int(self.readable))
        yield self._pools()
        if not self.readable:
            return
        by_state = {state: self.calls.get(state, 0) for state in sorted(OPEN)}
        by_status = {status: self.agents.get(status, 0) for status in AgentStatus}
        by_kind = {kind: self.connections.get(kind, 0) for kind in KINDS}
        yield _gauges("callcenter_calls", "Calls that are on.", "state", by_state.items())
        yield _gauge("callcenter_queue_length", "Callers who wait for an agent.", sum(by_state[s] for s in WAITING))
        yield _gauge("callcenter_queue_longest_wait_seconds", "How long the first has waited.", self.longest_wait)
        yield _gauges("callcenter_agents", "Agents as others see them.", "status", by_status.items())
        yield _gauges("callcenter_connections", "Open tabs (desk) and programs (api).", "kind", by_kind.items())
        if self.webhook_age is not None:
            yield _gauge("callcenter_webhook_age_seconds", "Since LiveKit was last heard of.", self.webhook_age)

    def _pools(self) -> Metric:
        text = "Connections of this process to the database."
        family = GaugeMetricFamily("callcenter_database_connections", text, labels=["pool", "state"])
        for words, value in self.pools.items():
            family.add_metric(words, value)
        return family


class FiguresService:
    def __init__(self, settings: Settings, units: UnitOfWorkFactory, board: BoardNow) -> None:
        self._shared = settings.prometheus_multiproc_dir
        self._units = units
        self._board = board
        self._recent = Recent(self._read)

    async def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return metrics.exposition(await self.now(), self._shared)

    async def now(self) -> Figures:
        """How things are, at most a second ago."""
        return await self._recent.value()

    async def _read(self) -> Figures:
        pools = self._units.db.pools()
        try:
            board = await self._board.read()
            async with self._units.reading() as (session, now):
                open_calls = await monitoring_store.open_calls(session)
                connections = await monitoring_store.connections(session, now)
                heard = await monitoring_store.last_notification(session)
        except Exception as error:  # what was counted is of use all the same
            logger.warning("the figures could not be read: %s", type(error).__name__)
            return Figures(pools=pools)
        since = open_calls.waiting_since
        return Figures(
            readable=True,
            calls=open_calls.by_state,
            longest_wait=max(0.0, (now - since).total_seconds()) if since else 0,
            agents=Counter(one.status(now) for one in board.facts.values()),
            connections=connections,
            webhook_age=max(0.0, (now - heard).total_seconds()) if heard else None,
            pools=pools,
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _gauges(name: str, text: str, label: str, values: Iterable[tuple[str, int]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for word, value in values:
        family.add_metric([str(word)], value)
    return family
