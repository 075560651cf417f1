"""Handlers of what was committed: who waits for it is woken, and it is counted and written down."""

import logging
from collections.abc import Iterable

from callcenter.core import call_metrics
from callcenter.core.domain.events import (
    AgentEvent,
    AgentLeft,
    AgentReturned,
    CallConnected,
    CallDialed,
    CallEnded,
    CallEvent,
    Event,
    PhoneRings,
    SignInsEnded,
)
from callcenter.core.unit_of_work import AfterCommit, Committed
from callcenter.platform.observability import logging as observability_logging
from callcenter.platform.pubsub.change_bus import BOARD, CALLS, QUEUE, Hub, account_topic, agent_topic

BESIDE_THE_QUEUE = (CallDialed, PhoneRings, CallConnected, AgentLeft, AgentReturned)
"""Events of calls that leave the list of waiting callers as it is. So does the end of a call that an agent had."""
LOGGED = ("state", "reason", "by", "sip_code")
"""What of an event's detail is fit for the log of the program."""

logger = logging.getLogger(__name__)


def publish(hub: Hub) -> AfterCommit:
    """Returns the handler that wakes those who wait for what has changed."""
    return lambda done: hub.publish(*topics(done.events))


def topics(events: Iterable[Event]) -> set[str]:
    """Returns what these events change for those who look."""
    found: set[str] = set()
    for event in events:
        if isinstance(event, CallEvent):
            found.add(CALLS)
            if not isinstance(event, BESIDE_THE_QUEUE) and not (isinstance(event, CallEnded) and event.agent_id):
                found.add(QUEUE)
        if isinstance(event, CallEvent | AgentEvent) and event.agent_id:
            found |= {BOARD, agent_topic(event.agent_id)}
        if isinstance(event, SignInsEnded):
            found.add(account_topic(event.agent_id))
    return found


def count(done: Committed) -> None:
    """Feed the figures of calls and offers."""
    for entry in done.calls:
        call_metrics.count_event(entry.event)


def log(done: Committed) -> None:
    """Write a line about each event of a call."""
    for entry in done.calls:
        event = entry.event
        facts = {name: value for name, value in event.detail().items() if name in LOGGED}
        ids = {"kind": event.kind.value, "call_id": event.call_id, "agent_id": event.agent_id}
        with observability_logging.fresh(**entry.bound):
            logger.info("call", extra=ids | facts)
