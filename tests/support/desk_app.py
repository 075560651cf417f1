"""The whole product as a process: the real server on a port of its own, a real database, a real LiveKit."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, create_engine, select

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.cli import connection_limit
from callcenter.cli.environment import ROOT
from callcenter.core.domain.calls import CallDirection, CallState, EndedBy, EndReason
from callcenter.core.tables import Agent, Call
from callcenter.settings.limit_settings import LimitSettings
from tests.support.livekit_server import LiveKitServer, answers, free_port
from tests.support.server_process import ServerProcess

SECRET = "a-signing-key-for-tests-only-0123456789abcdef"


@dataclass
class DeskApp(ServerProcess):
    """The desk's server; kill() and start() bring it down and back on the same port with the same database."""

    title = "the desk"
    start_seconds = 120.0
    livekit: LiveKitServer
    home: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    app: str = "callcenter.callcenter:app"

    def __post_init__(self) -> None:
        self.folder = self.home

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook_url(self) -> str:
        return f"{self.url}/api/calls/inbound"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **self.livekit.environment,
            "SECRET_KEY": SECRET,
            "DATABASE_URL": f"sqlite:///{self.home / 'desk.db'}",
            "PORT": str(self.port),
            "REFLEX_ENV_MODE": "prod",
            "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
            "__REFLEX_SKIP_COMPILE": "true",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def run(self, *arguments: str, stdin: str = "") -> str:
        """One command of the product, such as ``migrate``; its output. Raises when it fails."""
        command = [sys.executable, "-m", "callcenter", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, input=stdin, text=True, capture_output=True)
        assert done.returncode == 0, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def add_account(self, username: str, full_name: str, role: str = "agent", password: str = DEMO_PASSWORD) -> None:
        self.run(
            "accounts", "add", username, "--role", role, "--full-name", full_name, "--password-stdin", stdin=password
        )

    def fill_history(self, username: str, count: int, caller: str = "") -> None:
        """Calls of somebody in the last hours, every other one outbound; of different numbers unless told otherwise."""
        engine = create_engine(f"sqlite:///{self.home / 'desk.db'}")
        with Session(engine) as session:
            agent = session.exec(select(Agent).where(Agent.username == username)).one()
            session.add_all(_past_call(agent, number, caller) for number in range(count))
            session.commit()
        engine.dispose()

    def _command(self, folder: Path) -> list[str | Path]:
        command = [sys.executable, "-m", "granian", "--factory", "--interface", "asgi", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", "1", "--log-level", "warning"]
        command += [word for option in connection_limit.options(LimitSettings()).items() for word in option] + [
            self.app
        ]
        return [*command]

    def _options(self) -> dict[str, Any]:
        return {"cwd": ROOT, "env": self.environment}

    def _answers(self) -> bool:
        return answers(f"{self.url}/healthz")


@contextmanager
def desk_served(
    home: Path,
    *accounts: tuple[str, str, str],
    settings: dict[str, str] | None = None,
    app: str = "callcenter.callcenter:app",
) -> Iterator[DeskApp]:
    """Serves a desk with a LiveKit of its own; ``accounts`` are user names, full names and roles."""
    port = free_port()
    livekit = LiveKitServer.boot_for(port)
    desk = DeskApp(livekit, home, port, settings or {}, app)
    try:
        desk.run("migrate")
        for username, full_name, role in accounts:
            desk.add_account(username, full_name, role)
        desk.start()
        yield desk
    finally:
        desk.stop()
        livekit.stop()


def _past_call(agent: Agent, number: int, caller: str) -> Call:
    began = datetime.now(UTC) - timedelta(minutes=2 * number + 2)
    return Call(
        direction=CallDirection.OUTBOUND if number % 2 else CallDirection.INBOUND,
        state=CallState.COMPLETED,
        caller_id=caller or f"+493023125{500 + number % 400}",
        dialed_number="+4930901820",
        agent_id=agent.id,
        livekit_room_name=f"past_{number}{caller}",
        start_time=began,
        joined_at=began,
        answered_at=began + timedelta(seconds=7),
        ended_at=began + timedelta(seconds=67),
        duration=60,
        ended_by=EndedBy.CALLER,
        end_reason=EndReason.HUNG_UP,
    )
