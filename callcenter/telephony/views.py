"""Values about telephone lines for pages and API clients."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NumberView:
    """A number of the centre, and what becomes of a call to it."""

    number: str = ""
    display: str = ""
    label: str = ""
    leads_to: str = ""


@dataclass(frozen=True)
class LineErrorView:
    """A call that failed for the line and not for people: out or, when the line was lost, in."""

    id: int = 0
    at: str = ""
    call_id: int = 0
    number_display: str = ""
    agent_name: str = ""
    reason: str = ""
    sip_code: int = 0
    """0: there was no SIP response."""
    sip_phrase: str = ""


@dataclass(frozen=True)
class RefusalView:
    """A number that an agent was not let dial."""

    id: int = 0
    at: str = ""
    agent_name: str = ""
    rule: str = ""
    """The refusal's stable code."""
    number_display: str = ""
    reason: str = ""
    """Tells apart refusals of one code."""
    parameters: dict[str, str] = field(default_factory=dict)
    text: str = ""
    """What the agent was told, in words."""


@dataclass(frozen=True)
class RefusedCountView:
    """How many calls from outside were not let in, since livekit-sip was started."""

    reason: str = ""
    """``password``, ``no_trunk``, ``no_rule``, ``codec``, ``encryption``, ``full`` or ``internal``."""
    text: str = ""
    """The same in words."""
    count: int = 0


@dataclass(frozen=True)
class LinesView:
    """The telephone side, for administrators.

    ``inbound``, ``outbound``, ``service`` and ``redis`` are each one of ``ok``, ``missing``, ``differs``, ``down``,
    ``unknown`` (it cannot be told) and ``not_used``.
    """

    provider: str = ""
    numbers: list[NumberView] = field(default_factory=list)
    inbound: str = "unknown"
    outbound: str = "unknown"
    service: str = "unknown"
    redis: str = "unknown"
    problems: list[str] = field(default_factory=list)
    """A sentence each, saying what to do."""
    calls_now: int = 0
    refused: list[RefusedCountView] = field(default_factory=list)
    refused_known: bool = False
    """False when SIP_METRICS_URL is not set or does not answer: then nothing was counted here."""
    errors: list[LineErrorView] = field(default_factory=list)
    """The newest 20, newest first."""
    refusals: list[RefusalView] = field(default_factory=list)
    """The newest 20, newest first."""
    checked_at: str = ""
