"""The desk on one port: for production, and as the part of `make run` that serves."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from callcenter.cli import connection_limit
from callcenter.cli.environment import ROOT
from callcenter.platform.errors import Problem
from callcenter.settings import Settings, environment_value, get_settings, ip_addresses

APP = "callcenter.quick_start:app"

RESPAWN_SECONDS = "0.5"


def serve(
    workers: Annotated[int | None, typer.Option("--workers", min=1, max=64, help="Processes; else WORKERS.")] = None,
) -> None:
    """Serve the desk, its API and its sockets on PORT of BIND_ADDRESS, and nothing else.

    For production: it starts no media server, builds no page and changes no database. The page has to be
    built (`python -m callcenter build`) and the database at this version (`python -m callcenter migrate`).
    Several workers share the port; one that dies is started again.
    """
    os.chdir(ROOT)
    settings = get_settings()
    settings = settings.model_copy(update={"workers": workers or settings.workers})
    _check(settings)
    host = environment_value("BIND_ADDRESS") or "127.0.0.1"
    if ip_addresses.read(host) is None:
        raise Problem(f"BIND_ADDRESS={host} is no IP address. Write one of this machine, or 0.0.0.0 or :: for all.")
    by = "" if settings.workers == 1 else f" by {settings.workers} workers"
    print(f"==> Serving {settings.public_url} on {host}:{settings.port}{by}", flush=True)
    words = command(settings, host)
    connection_limit.allow_files(settings)
    os.execve(words[0], words, {**os.environ, **environment(settings)})


def command(settings: Settings, host: str) -> list[str]:
    """granian with the desk. One worker that dies ends all: whoever started it starts it again."""
    granian = Path(sys.executable).with_name("granian")
    options = {
        "--interface": "asgi",
        "--host": host,
        "--port": str(settings.port),
        "--workers": str(settings.workers),
        "--workers-kill-timeout": "3",
        "--loop": "uvloop",
        **connection_limit.options(settings),
        "--log-level": "warning",
        "--log-config": str(Path(__file__).with_name("granian-log.json")),
    }
    words = [word for pair in options.items() for word in pair]
    if settings.workers > 1:
        words += ["--respawn-failed-workers", "--respawn-interval", RESPAWN_SECONDS]
    program = [sys.executable, str(granian)] if granian.exists() else [sys.executable, "-m", "granian"]
    return [*program, "--factory", *words, APP]


def environment(settings: Settings) -> dict[str, str]:
    """What makes Reflex serve the built page beside the API, see docs/serving.md, and workers count together."""
    together = settings.prometheus_multiproc_dir
    if settings.workers > 1 and not together:
        together = tempfile.mkdtemp(prefix="callcenter-figures-")
    return {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
        "PYTHONUNBUFFERED": "1",
        **({"PROMETHEUS_MULTIPROC_DIR": together} if together else {}),
    }


def _check(settings: Settings) -> None:
    """Raises Problem for what would only show when somebody opens the page or calls."""
    from callcenter.cli.web_build import is_current

    if settings.debug:
        raise Problem(
            "DEBUG is on: demo accounts and open registration are not for production. "
            "Set DEBUG=false, or use `make run` on a development machine."
        )
    if settings.workers > 1 and settings.database_url.startswith("sqlite"):
        raise Problem(
            f"{settings.workers} workers cannot share SQLite. "
            "Set DATABASE_URL to a PostgreSQL (docs/database.md), or WORKERS=1."
        )
    if settings.workers > 1 and not settings.redis_url:
        raise Problem(
            f"{settings.workers} workers need Redis to tell each other of changes. "
            "Set REDIS_URL, such as redis://127.0.0.1:6379, or WORKERS=1."
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
