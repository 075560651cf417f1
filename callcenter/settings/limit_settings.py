"""The settings that say how much a process takes on."""

from pydantic import Field

from callcenter.settings.environment import FromOutside


class LimitSettings(FromOutside):
    """How much each process takes on, enough for 500 agents: see docs/deployment.md."""

    max_sockets: int = Field(3000, ge=1, description="Open tabs and event sockets of a process.")
    max_sockets_signed_out: int = Field(1000, ge=1, description="Of these, those where nobody has signed in.")
    signed_out_seconds: float = Field(900, gt=0, description="How long such a socket may stay open.")
    max_tabs_per_account: int = Field(20, ge=1, description="Open tabs of one agent, in a process.")
    max_api_sockets_per_account: int = Field(10, ge=1, description="Event sockets of one agent, in a process.")
    max_requests: int = Field(400, ge=1, description="Requests a process answers at once, but for notifications.")
    max_requests_per_account: int = Field(50, ge=1, description="Of these, those of one agent.")
    max_requests_per_address: int = Field(300, ge=1, description="Of these, those from one address.")
    max_notifications: int = Field(1000, ge=1, description="LiveKit's notifications a process answers at once.")
    ipv6_prefix_bits: int = Field(64, ge=16, le=128, description="Limits count IPv6 addresses by networks this large.")
    overload_lag_seconds: float = Field(0.5, gt=0, description="A process that is so late turns away what can wait.")

    @property
    def max_connections(self) -> int:
        """Of a process: room for all of these, and for as many that wait idle for their next request."""
        return self.max_sockets + 2 * (self.max_requests + self.max_notifications)
