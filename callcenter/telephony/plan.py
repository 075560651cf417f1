"""The one declared configuration of the telephone side: our numbers, and how calls come in and go out."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CentreNumber:
    """A number that callers dial, and that we may show when we call."""

    number: str
    """E.164."""
    label: str = ""
    """What people call it, such as “Support”."""
    leads_to: str = "queue"


@dataclass(frozen=True)
class InboundLine:
    """Who may bring us calls."""

    user: str = ""
    password: str = field(default="", repr=False)
    allowed_addresses: tuple[str, ...] = ()
    """Networks in CIDR form; a single address is one of 32 (or 128) bits."""
    codecs: tuple[str, ...] = ()
    encryption: str = "disable"
    media_timeout_seconds: float = 15
    """A caller from whom nothing has been heard for so long is gone."""
    ring_seconds: float = 180
    """A caller is let ring no longer than this; the queue's own limit comes first."""
    numbers_without_plus: str = "national"
    """What this carrier means by a number of a caller without a plus: a number at home, or one of any country
    (``e164``)."""


@dataclass(frozen=True)
class OutboundLine:
    """The carrier that takes our calls."""

    address: str = ""
    """Host or host:port."""
    transport: str = "udp"
    user: str = ""
    password: str = field(default="", repr=False)
    codecs: tuple[str, ...] = ()
    encryption: str = "disable"
    caller_id: str = ""
    """One of our numbers."""


@dataclass(frozen=True)
class TelephonyPlan:
    """What is declared; nothing of it need be in force yet."""

    numbers: tuple[CentreNumber, ...] = ()
    inbound: InboundLine | None = None
    outbound: OutboundLine | None = None


def keys_bypass_rules(plan: TelephonyPlan) -> bool:
    """Whether who may send telephone keys could call past the dial rules (docs/decisions/telephone-keys.md)."""
    line = plan.outbound
    return line is not None and line.transport != "udp" and not line.password


def keys_allowed(setting: str, plan: TelephonyPlan) -> bool:
    """What TELEPHONE_KEYS means for these lines; empty: allowed where no harm can come of it."""
    return setting == "allow" or (not setting and not keys_bypass_rules(plan))


def label_of(plan: TelephonyPlan, number: str) -> str:
    """What a number of the centre is called; empty for any other."""
    return next((one.label for one in plan.numbers if one.number == number), "")
