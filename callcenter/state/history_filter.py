"""The filter of the history as its address says it, and as the service takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Self
from urllib.parse import urlencode

from callcenter.domain.calls import CallDirection, CallStatus
from callcenter.services.history import HistoryFilter

PAGE = "/history"
PERIODS = ("today", "7d", "30d", "all", "dates")
DEFAULT_PERIOD = "7d"
LONGEST_NUMBER = 32
LONGEST_KEY = 120
LARGEST_ID = 2**31 - 1

BOUNDS = """(() => {
  const asked = new URLSearchParams(location.search), back = { today: 0, "7d": 6, "30d": 29 };
  const midnight = (text, days) => {
    const day = text ? new Date(text + "T00:00") : new Date();
    if (isNaN(day)) return "";
    day.setHours(0, 0, 0, 0);
    day.setDate(day.getDate() + days);
    return day.toISOString();
  };
  const period = asked.get("period") ?? "7d";
  if (period === "all") return ["", ""];
  if (period === "dates") {
    const [since, until] = [asked.get("since"), asked.get("until")];
    return [since && midnight(since, 0), until && midnight(until, 1)].map((at) => at ?? "");
  }
  return [midnight("", -(back[period] ?? 6)), ""];
})()"""
"""Only the browser knows where a day begins for its user."""


@dataclass(frozen=True)
class Chosen:
    """What the user chose, in words that can be shared. Dates are days of whoever looks."""

    period: str = DEFAULT_PERIOD
    since: str = ""
    until: str = ""
    direction: str = ""
    status: str = ""
    number: str = ""
    agent: str = ""
    after: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """From a query string; what makes no sense is left out."""
        words = {one.name: asked.get(one.name, "") for one in fields(cls)}
        period = words["period"] if words["period"] in PERIODS else DEFAULT_PERIOD
        custom = period == "dates"
        return cls(
            period=period,
            since=_day(words["since"]) if custom else "",
            until=_day(words["until"]) if custom else "",
            direction=words["direction"] if words["direction"] in list(CallDirection) else "",
            status=words["status"] if words["status"] in list(CallStatus) else "",
            number=words["number"].strip()[:LONGEST_NUMBER],
            agent=words["agent"] if words["agent"].isdecimal() and int(words["agent"]) <= LARGEST_ID else "",
            after=words["after"][:LONGEST_KEY],
        )

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

    def wanted(self, since: str, until: str) -> HistoryFilter:
        """For the service, with the instants at which the browser says the days begin and end."""
        return HistoryFilter(
            since=_instant(since),
            until=_instant(until),
            direction=self.direction,
            status=self.status,
            number=self.number,
            agent_id=int(self.agent or 0),
        )


def csv_address(wanted: HistoryFilter) -> str:
    """The same selection as a file."""
    said = {
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
        "direction": wanted.direction,
        "status": wanted.status,
        "number": wanted.number,
        "agent_id": wanted.agent_id or "",
    }
    return f"/auth/history.csv?{urlencode({name: value for name, value in said.items() if value})}"


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else None
