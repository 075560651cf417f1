"""Components of Reflex, and parts of them, that it does not export."""

from reflex.experimental.client_state import ClientStateVar
from reflex_base.components.component import field

# Known to the browser alone: the socket of its page is down.
from reflex_components_core.core.banner import has_connection_errors as server_lost
from reflex_components_core.react_router.dom import ReactRouterLink as PageLink  # type: ignore[import-untyped]
from reflex_components_radix.themes.base import RadixThemesComponent

__all__ = ["ClientStateVar", "PageLink", "RadixThemesComponent", "field", "server_lost"]
