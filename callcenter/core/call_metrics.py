"""Counts calls, offers, notifications and repairs for Prometheus."""

from itertools import product

from prometheus_client import Counter, Gauge, Histogram

from callcenter.core.domain.call_outcomes import DIAL_ENDINGS, Ending
from callcenter.core.domain.calls import CallDirection, CallEventKind, CallState, EndedBy, EndReason
from callcenter.core.domain.events import CallConnected, CallEnded, CallEvent, CallStarted
from callcenter.platform.observability.metrics import FAST

HUMAN = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)


LATE = (0.5, 1, 2, 3, 5, 10, 20, 30, 60)


CALLS_STARTED = Counter("callcenter_calls_started", "Calls that began.", ["direction"])


CALLS_ENDED = Counter("callcenter_calls_ended", "Calls that ended, by how.", ["state", "reason"])


OFFERS = Counter("callcenter_offers", "Offers of a call to an agent, and what became of them.", ["result"])


TIME_TO_ANSWER = Histogram(
    "callcenter_time_to_answer_seconds", "From the caller's arrival to the first open microphone.", buckets=HUMAN
)


WEBHOOKS = Counter("callcenter_webhooks", "Notifications of LiveKit.", ["kind", "result"])


WEBHOOK_DELAY = Histogram(
    "callcenter_webhook_delay_seconds", "From LiveKit's time stamp (whole seconds) to here.", buckets=LATE
)


WEBHOOK_SECONDS = Histogram("callcenter_webhook_seconds", "Time taken to apply a notification.", buckets=FAST)


REPAIRS = Counter("callcenter_repairs", "What the reconciler had to put right.", ["kind"])


ROOMS = Gauge("callcenter_rooms", "Rooms LiveKit had when it was last asked.", multiprocess_mode="mostrecent")


OFFER_RESULTS = {
    CallEventKind.OFFERED: "made",
    CallEventKind.ANSWERED: "answered",
    CallEventKind.DECLINED: "declined",
    CallEventKind.MISSED: "missed",
    CallEventKind.OFFER_WITHDRAWN: "withdrawn",
    CallEventKind.NOT_CONNECTED: "not_connected",
}


WEBHOOK_KINDS = frozenset(
    {
        "room_started",
        "room_finished",
        "participant_joined",
        "participant_left",
        "participant_connection_aborted",
        "track_published",
        "track_unpublished",
    }
)


REPAIR_KINDS = ("ended", "adopted", "rooms_deleted")


WEBHOOK_RESULTS = ("applied", "known", "unneeded", "foreign", "refused", "failed")


ENDINGS = (
    *DIAL_ENDINGS.values(),
    Ending(CallState.COMPLETED, EndedBy.AGENT, EndReason.HUNG_UP),
    Ending(CallState.COMPLETED, EndedBy.SYSTEM, EndReason.AGENT_LOST),
    Ending(CallState.COMPLETED, EndedBy.SYSTEM, EndReason.LINE_LOST),
    Ending(CallState.ABANDONED, EndedBy.CALLER, EndReason.CALLER_GAVE_UP),
)


def _begin_calls_at_zero() -> None:
    """Begins the series of calls at zero, for the same reason."""
    for result in OFFER_RESULTS.values():
        OFFERS.labels(result)
    for kind in REPAIR_KINDS:
        REPAIRS.labels(kind)
    for direction in CallDirection:
        CALLS_STARTED.labels(direction.value)
    for ending in ENDINGS:
        CALLS_ENDED.labels(ending.state.value, ending.reason.value)
    for kind, result in product((*WEBHOOK_KINDS, "other"), WEBHOOK_RESULTS):
        WEBHOOKS.labels(kind, result)


def count_event(event: CallEvent) -> None:
    """Count what happened to a call, once it is committed."""
    if event.kind in OFFER_RESULTS:
        OFFERS.labels(OFFER_RESULTS[event.kind]).inc()
    if isinstance(event, CallStarted):
        CALLS_STARTED.labels(event.call.direction.value).inc()
    if isinstance(event, CallEnded):
        CALLS_ENDED.labels(event.ending.state.value, event.ending.reason.value).inc()
    if isinstance(event, CallConnected) and event.waited_seconds is not None:
        TIME_TO_ANSWER.observe(event.waited_seconds)


def count_repairs(repairs: dict[str, int]) -> None:
    """What one round of the reconciler put right, by kind."""
    for kind, number in repairs.items():
        REPAIRS.labels(kind).inc(number)


def count_webhook(kind: str, result: str) -> None:
    """``kind`` may come from anywhere: an unknown one has no line of its own."""
    WEBHOOKS.labels(kind if kind in WEBHOOK_KINDS else "other", result).inc()


_begin_calls_at_zero()
