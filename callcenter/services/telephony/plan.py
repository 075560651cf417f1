"""The one declared configuration of the telephone side: our numbers, and how calls come in and go out."""

from dataclasses import dataclass, field

TRANSPORTS = ("udp", "tcp", "tls")
CODECS = ("opus", "g722", "pcma", "pcmu")
ENCRYPTION = ("disable", "allow", "require")


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
    """IP addresses or networks in CIDR form."""
    codecs: tuple[str, ...] = ()
    encryption: str = "disable"
    media_timeout_seconds: float = 15
    """A caller from whom nothing has been heard for so long is gone."""
    ring_seconds: float = 180
    """A caller is let ring no longer than this; the queue's own limit comes first."""


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
