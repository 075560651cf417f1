"""Reflex, as this project uses it."""

import os
import subprocess
import sys
from pathlib import Path

import reflex as rx

from callcenter.platform.reflex.same_origin import SameOrigin
from callcenter.settings import SettingsError, get_settings

# Node comes with requirements.txt, so no other download is needed to build the page.
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_TELEMETRY_ENABLED", "false")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")
os.environ.setdefault("NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED", "true")
# Each ping costs engine.io four tasks; a browser that has died is noticed after both together.
os.environ.setdefault("REFLEX_SOCKET_INTERVAL", "10")
os.environ.setdefault("REFLEX_SOCKET_TIMEOUT", "8")
os.environ.setdefault("REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE", str(64 * 1024))
_PROGRAMS = str(Path(sys.executable).parent)
if _PROGRAMS not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join(filter(None, (_PROGRAMS, os.environ.get("PATH", ""))))


def _use_the_configured_npm_registry() -> None:
    """Reflex would try registries of its own choice otherwise."""
    if "NPM_CONFIG_REGISTRY" in os.environ:
        return
    asked = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=False)
    if asked.stdout.strip().startswith("http"):
        os.environ["NPM_CONFIG_REGISTRY"] = asked.stdout.strip()


def _origins() -> list[str]:
    """Who may open the page's socket. Never empty: an empty list lets everybody in."""
    try:
        return get_settings().origins or ["http://localhost"]
    except SettingsError:
        return ["http://localhost"]


_THEME = rx.theme(accent_color="indigo", gray_color="slate", radius="medium", has_background=True)
"""One accent, one radius, one scale; light or dark as the system or the person chooses."""

if "reflex" in (Path(sys.argv[0]).stem, Path(sys.argv[0]).parent.name):
    _use_the_configured_npm_registry()

config = rx.Config(
    app_name="callcenter",
    telemetry_enabled=False,
    react_strict_mode=False,
    show_built_with_reflex=False,
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    redis_token_expiration=12 * 60 * 60,
    cors_allowed_origins=_origins(),
    plugins=[rx.plugins.RadixThemesPlugin(theme=_THEME), SameOrigin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
