"""The desk as one process on one port: for production, and as the part of `make run` that serves."""

import asyncio
import os
import sys
from pathlib import Path

from callcenter.cli.development import ROOT
from callcenter.cli.problems import Problem
from callcenter.settings import Settings, get_settings

APP = "callcenter.callcenter:app"


def serve() -> None:
    """Serve the desk, its API and its sockets on PORT of BIND_ADDRESS, and nothing else.

    For production: it starts no media server, builds no page and changes no database. The page has to be
    built (`python -m callcenter build`) and the database at this version (`python -m callcenter migrate`).
    """
    os.chdir(ROOT)
    settings = get_settings()
    _check(settings)
    host = os.environ.get("BIND_ADDRESS", "127.0.0.1")
    print(f"==> Serving {settings.public_url} on {host}:{settings.port}", flush=True)
    words = command(settings, host)
    os.execve(words[0], words, {**os.environ, **environment()})


def command(settings: Settings, host: str) -> list[str]:
    """granian with the desk. One worker: the watchers and the router live in it."""
    granian = Path(sys.executable).with_name("granian")
    options = {
        "--interface": "asgi",
        "--host": host,
        "--port": str(settings.port),
        "--workers": "1",
        "--workers-kill-timeout": "3",
        "--log-level": "warning",
        "--log-config": str(Path(__file__).with_name("granian-log.json")),
    }
    program = [sys.executable, str(granian)] if granian.exists() else [sys.executable, "-m", "granian"]
    return [*program, "--factory", *(word for pair in options.items() for word in pair), APP]


def environment() -> dict[str, str]:
    """What makes Reflex serve the built page beside the API; see docs/serving.md."""
    return {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
        "PYTHONUNBUFFERED": "1",
    }


def _check(settings: Settings) -> None:
    """Raises Problem for what would only show when somebody opens the page or calls."""
    from callcenter.cli.web_build import is_current

    if settings.debug:
        raise Problem(
            "DEBUG is on: demo accounts and open registration are not for production. "
            "Set DEBUG=false, or use `make run` on a development machine."
        )
    if not is_current():
        raise Problem("the page is not built from this version. Run: python -m callcenter build")
    checks = asyncio.run(_health(settings))
    if not checks["database"]:
        raise Problem("the database does not answer. Check DATABASE_URL, and that the database runs.")
    if not checks["migrations"]:
        raise Problem("the database is not at this version of the program. Run: python -m callcenter migrate")
    if not checks["livekit"]:
        print("    LiveKit does not answer yet: no calls until it does (see /readyz)", flush=True)


async def _health(settings: Settings) -> dict[str, bool]:
    from callcenter.bootstrap import build

    services = build(settings)
    try:
        return await services.health.checks()
    finally:
        await services.stop()
