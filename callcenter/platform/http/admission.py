"""How many requests this process answers at once: each kind has its lane, and the dearest to lose has most room.

LiveKit's notifications, a gateway's, scrapes and probes have lanes of their own, which nothing else can fill. Probes
are never turned away: they cost nothing, and others learn from them that this process lives. In the other lanes what
can wait is turned away first: files and searches, then sign-ins, then pages; what an agent does with a call comes last.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.datastructures import Headers
from starlette.types import Scope

from callcenter.platform.errors import Overloaded, TooManyAtOnce
from callcenter.platform.observability import metrics
from callcenter.platform.overload.event_loop_lag import ACTIONS, SEARCHES, SIGN_INS, Load
from callcenter.settings import Settings

OWN_PATHS = ("/api/", "/auth/", "/docs", "/openapi.json")
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Lane(StrEnum):
    NOTIFICATION = "notification"
    GATEWAY = "gateway"
    PROBE = "probe"
    FIGURES = "figures"
    EXPORT = "export"
    READ = "read"
    SIGN_IN = "sign_in"
    PAGE = "page"
    ACT = "act"
    ADMISSION = "admission"


SIGNED = frozenset({Lane.NOTIFICATION, Lane.GATEWAY})
"""Each of these takes as many as MAX_NOTIFICATIONS."""
ROOM = {Lane.EXPORT: 0.02, Lane.READ: 0.5, Lane.SIGN_IN: 0.6, Lane.PAGE: 0.75, Lane.ACT: 1.0, Lane.ADMISSION: 1.0}
"""The most of MAX_REQUESTS that one kind may have."""
ACTING = frozenset({Lane.ACT, Lane.ADMISSION})
"""What an agent does with a call, and getting to its sound."""
STRANGERS = 0.5
"""The most of MAX_REQUESTS that acts of nobody who is signed in may have."""
KEPT_FOR_ACTS = 0.1
"""The part of MAX_REQUESTS that only actions may use."""
FIGURES_AT_ONCE = 32
ADDRESS_SHARE = 0.75
"""Of a lane of its own, the most that one address may have."""
TOO_LATE = {Lane.EXPORT: SEARCHES, Lane.READ: SEARCHES, Lane.SIGN_IN: SIGN_INS, Lane.ACT: ACTIONS}
"""Pages, notifications and those who want to be let in to LiveKit are never turned away for being late."""


metrics.begin_refusals(*(lane.value for lane in Lane if lane is not Lane.PROBE))


@dataclass(frozen=True)
class Signposts:
    """The paths that have a lane of their own. All others go by what they look like."""

    always: Mapping[str, Lane]
    """Whatever the method of the request."""
    reading: Mapping[str, Lane]
    writing: Mapping[str, Lane]


def lane_of(scope: Scope, headers: Headers, signposts: Signposts) -> Lane:
    """Returns the lane a request asks for. Whether those who have to sign may enter is told elsewhere."""
    path, reads = scope["path"], scope["method"] in READING
    named = signposts.always.get(path) or (signposts.reading if reads else signposts.writing).get(path)
    if named is not None:
        return named
    if not path.startswith(OWN_PATHS):
        return Lane.PAGE
    if reads:
        wants_file = path.endswith(".csv") or headers.get("accept", "").lower().startswith("text/csv")
        return Lane.EXPORT if wants_file else Lane.READ
    return Lane.ACT


@dataclass(frozen=True)
class Ticket:
    """A request that was let in."""

    lane: Lane
    address: str
    account: int


class Lanes:
    """The requests that are being answered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._by_lane: Counter[Lane] = Counter()
        self._by_address: Counter[tuple[Lane, str]] = Counter()
        self._by_account: Counter[int] = Counter()
        self._strangers = 0
        """Acts of nobody who is signed in."""

    def enter(self, lane: Lane, address: str, account: int, load: Load) -> Ticket:
        """To be left again. ``account`` is 0 for strangers.

        Raises Overloaded, or TooManyAtOnce for one's own limit.
        """
        self._check(lane, address, account, load)
        ticket = Ticket(lane, address, account)
        self._count(ticket, 1)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        self._count(ticket, -1)

    def _count(self, ticket: Ticket, by: int) -> None:
        self._by_lane[ticket.lane] += by
        metrics.IN_FLIGHT.labels(ticket.lane.value).inc(by)
        place = (_side(ticket.lane), ticket.address)
        self._by_address[place] += by
        if not self._by_address[place]:
            del self._by_address[place]
        if ticket.lane in ACTING and not ticket.account:
            self._strangers += by
        if ticket.account:
            self._by_account[ticket.account] += by
            if not self._by_account[ticket.account]:
                del self._by_account[ticket.account]

    def _check(self, lane: Lane, address: str, account: int, load: Load) -> None:
        if lane is Lane.PROBE:
            return
        from_there = self._by_address[_side(lane), address]
        if lane in SIGNED or lane is Lane.FIGURES:
            most = FIGURES_AT_ONCE if lane is Lane.FIGURES else self._settings.max_notifications
            if self._by_lane[lane] >= most:
                raise _refused(lane, "full", Overloaded())
            if from_there >= most * ADDRESS_SHARE:
                raise _refused(lane, "address", TooManyAtOnce())
            return
        if account and self._by_account[account] >= self._settings.max_requests_per_account:
            raise _refused(lane, "account", TooManyAtOnce())
        if from_there >= self._settings.max_requests_per_address:
            raise _refused(lane, "address", TooManyAtOnce())
        if lane in TOO_LATE and load.too_late_for(TOO_LATE[lane]):
            raise _refused(lane, "overload", Overloaded())
        strangers = self._strangers if lane in ACTING and not account else 0
        if self._full(lane) or strangers >= max(1, self._settings.max_requests * STRANGERS):
            raise _refused(lane, "full", Overloaded())

    def _full(self, lane: Lane) -> bool:
        most = self._settings.max_requests
        in_all = sum(self._by_lane[one] for one in ROOM)
        # Files are few, and at least one is let through however small the house is.
        return (
            in_all >= most * (1 if lane in ACTING else 1 - KEPT_FOR_ACTS)
            or self._by_lane[lane] >= max(1, most * ROOM[lane])
        )  # fmt: skip


def _side(lane: Lane) -> Lane:
    """Where requests of one address are counted together: in a lane of its own, or with all others."""
    return lane if lane not in ROOM else Lane.ACT


def _refused(lane: Lane, reason: str, error: Overloaded | TooManyAtOnce) -> Overloaded | TooManyAtOnce:
    metrics.REFUSED.labels(lane.value, reason).inc()
    return error
