"""Values about accounts and sign-ins for pages and API clients."""

from dataclasses import dataclass

from callcenter.core.domain.agents import AgentStatus
from callcenter.entry.views import AgentView


@dataclass(frozen=True)
class AccountView(AgentView):
    """An agent as administrators see their account."""

    status: str = AgentStatus.OFFLINE.value
    disabled: bool = False
    created_at: str = ""
    livekit_identity: str = ""


@dataclass(frozen=True)
class SignInView:
    """One place where somebody is signed in."""

    kind: str = ""
    """``desk`` or ``api``."""
    here: bool = False
    """It is the one that asks."""
    address: str = ""
    since: str = ""
    seen: str = ""
    until: str = ""
