"""The filter of the history as its address says it, and as the service takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Self
from urllib.parse import urlencode

from callcenter.core.domain.calls import CallDirection, CallStatus
from callcenter.core.phone_numbers import from_address
from callcenter.history.service import HistoryFilter
from callcenter.platform.bounds import LONGEST_KEY, LONGEST_NUMBER, whole_number

PAGE = "/history"
PERIODS = ("today", "7d", "30d", "all", "dates")
DEFAULT_PERIOD = "7d"
DAYS_BACK = {"today": 0, "7d": 6, "30d": 29}
ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"
"""Only the browser knows where a day begins for its user. It names the zone."""


@dataclass(frozen=True)
class Chosen:
    """What the user chose, in words that can be shared. Dates are days of whoever looks."""

    period: str = DEFAULT_PERIOD
    since: str = ""
    until: str = ""
    direction: str = ""
    status: str = ""
    number: str = ""
    """A piece of one."""
    party: str = ""
    """Exactly this number, or name, as it is on record."""
    agent: str = ""
    after: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """From a query string; what makes no sense is left out."""
        words = _words(asked)
        period = words["period"] if words["period"] in PERIODS else DEFAULT_PERIOD
        custom = period == "dates"
        return cls(
            period=period,
            since=_day(words["since"]) if custom else "",
            until=_day(words["until"]) if custom else "",
            direction=words["direction"] if words["direction"] in list(CallDirection) else "",
            status=words["status"] if words["status"] in list(CallStatus) else "",
            number=_fitting(words["number"].strip()),
            party=_fitting(words["party"]),
            agent=words["agent"] if whole_number(words["agent"]) else "",
            after=words["after"][:LONGEST_KEY],
        )

    def left_out(self, asked: Mapping[str, str]) -> list[str]:
        """The words of the query string that this filter does not say, because they make no sense (together)."""
        return [name for name, word in _words(asked).items() if word.strip() not in ("", getattr(self, name))]

    @property
    def address(self) -> str:
        """The page with this filter."""
        said = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}
        return f"{PAGE}?{urlencode(said)}" if said else PAGE

    @property
    def narrowed(self) -> bool:
        """Whether clearing the filter could show more."""
        return replace(self, after="", period=DEFAULT_PERIOD) != Chosen()

    def changed(self, name: str, value: str) -> "Chosen":
        """Another choice; it begins at the newest call again."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return Chosen.read({**said, "after": "", name: value}) if name in said else self

    def wanted(self, zone: tzinfo, now: datetime) -> HistoryFilter:
        """For the service: days begin at midnight in ``zone``; the last day is asked for as a whole."""
        since, until = self._days(now.astimezone(zone).date())
        return HistoryFilter(
            since=_midnight(since, zone),
            until=_midnight(until, zone),
            direction=self.direction,
            status=self.status,
            number=self.number,
            party=self.party,
            agent_id=int(self.agent or 0),
        )

    def _days(self, today: date) -> tuple[date | None, date | None]:
        if self.period in DAYS_BACK:
            return today - timedelta(DAYS_BACK[self.period]), None
        last = _next(date.fromisoformat(self.until)) if self.until else None
        return date.fromisoformat(self.since) if self.since else None, last


def csv_address(wanted: HistoryFilter, zone: str = "") -> str:
    """The same selection as a file, with times as they are in ``zone``."""
    said = {
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
        "direction": wanted.direction,
        "status": wanted.status,
        "number": wanted.number,
        "party": wanted.party,
        "agent_id": wanted.agent_id or "",
        "zone": zone,
    }
    return f"/auth/history.csv?{urlencode({name: value for name, value in said.items() if value})}"


def _words(asked: Mapping[str, str]) -> dict[str, str]:
    """What a query string says of each field, read as people meant it."""
    said = {one.name: asked.get(one.name, "") for one in fields(Chosen)}
    return said | {name: from_address(said[name]) for name in ("number", "party")}


def _fitting(text: str) -> str:
    """A number or a name; nothing when it is longer than any."""
    return text if len(text) <= LONGEST_NUMBER else ""


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _next(day: date) -> date | None:
    return day + timedelta(1) if day < date.max else None


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    """Where clocks are put forward at midnight the day begins an hour later; the same instant is meant."""
    if day is None:
        return None
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
