"""What is counted and timed, for Prometheus. docs/observing.md explains each figure.

Figures of what happened live here and are fed where it happens; figures of how things are now are read from the
database when somebody asks (``monitoring/gauges.py``). No label has a value that callers, agents or clients make up.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from time import perf_counter

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

ROUND_SECONDS = Histogram("callcenter_round_seconds", "One round of a loop.", ["loop"], buckets=FAST)
ROUND_FAILURES = Counter("callcenter_round_failures", "Rounds that failed.", ["loop", "reason"])
ROUND_SUCCESS = Gauge(
    "callcenter_round_last_success_timestamp_seconds",
    "When a loop last came to the end of a round.",
    ["loop"],
    multiprocess_mode="mostrecent",
)
SOCKETS = Gauge("callcenter_sockets", "Open WebSockets.", ["kind"], multiprocess_mode="livesum")
CUT_OFF = Gauge(
    "callcenter_cut_off", "1 while other workers are not told of changes at once.", multiprocess_mode="livemax"
)
LEADS = Gauge("callcenter_leads", "1 in the process that looks at deadlines and rooms.", multiprocess_mode="livesum")
HTTP_REQUESTS = Counter("callcenter_http_requests", "Answered requests.", ["method", "route", "status"])
HTTP_SECONDS = Histogram("callcenter_http_request_seconds", "Until the answer was complete.", ["route"], buckets=FAST)
IN_FLIGHT = Gauge(
    "callcenter_requests_in_flight", "Requests that are being answered.", ["lane"], multiprocess_mode="livesum"
)
REFUSED = Counter(
    "callcenter_refused", "Requests, sockets and work turned away by a limit or by overload.", ["what", "reason"]
)
SLOW_CLIENTS = Counter("callcenter_slow_clients", "Clients cut off because they did not read or write.", ["what"])
LOOP_LAG = Histogram("callcenter_loop_lag_seconds", "How late the event loop came to what was due.", buckets=FAST)
DATABASE_SECONDS = Histogram(
    "callcenter_database_seconds", "A unit of work in the database, waiting included.", ["kind"], buckets=FAST
)
DATABASE_WAIT = Histogram(
    "callcenter_database_wait_seconds",
    "Until the connection, and a writer's turn, came.",
    ["kind"],
    buckets=FAST,
)
MEDIA_SECONDS = Histogram(
    "callcenter_media_request_seconds", "Requests to LiveKit's API.", ["method", "result"], buckets=FAST
)


LIMITS = ("full", "account", "address", "overload")


def begin_refusals(*what: str) -> None:
    """Begins counting at zero what a limit turns away: a series that only appears with its first event hides that event
    from ``rate`` and ``increase``."""
    for one, reason in product(what, LIMITS):
        REFUSED.labels(one, reason)


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Observe how long the block took, whether it worked or not."""
    began = perf_counter()
    try:
        yield
    finally:
        histogram.observe(perf_counter() - began)


def exposition(now: Collector, shared_directory: str = "") -> bytes:
    """Everything, in Prometheus' text format: what was counted, and ``now``.

    With a shared directory (PROMETHEUS_MULTIPROC_DIR) what all workers have counted, else what this process has.
    """
    registry = CollectorRegistry()
    registry.register(now)
    counted = REGISTRY
    if shared_directory:
        counted = CollectorRegistry()
        _forget_the_dead(shared_directory)
        MultiProcessCollector(counted, shared_directory)  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(registry)


def _forget_the_dead(shared_directory: str) -> None:
    """What workers that have died have counted still counts; what they had open does not."""
    for pid in {int(file.stem.rpartition("_")[2]) for file in Path(shared_directory).glob("gauge_live*_*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, shared_directory)  # type: ignore[no-untyped-call]
        except PermissionError:
            continue
