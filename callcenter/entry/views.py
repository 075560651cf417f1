"""Values about agents that every page and request may need."""

from dataclasses import dataclass

from callcenter.core.domain.agents import Role
from callcenter.platform.formatting import initials


@dataclass(frozen=True)
class AgentView:
    """An agent. What is shown of them at one place only, extends it there."""

    id: int = 0
    username: str = ""
    full_name: str = ""
    role: str = ""


@dataclass(frozen=True)
class MeView(AgentView):
    """The person who is signed in."""

    initials: str = ""
    language: str = ""
    """Their own; empty for the browser's."""


def me_view(agent_id: int, username: str, full_name: str, role: Role, language: str | None) -> MeView:
    return MeView(agent_id, username, full_name, role.value, initials(full_name), language or "")
