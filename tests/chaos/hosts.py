"""One host of the desk: a server process that can be killed, frozen and put on a wrong clock."""

from dataclasses import dataclass, field
from pathlib import Path

from callcenter.cli.serve import RESPAWN_SECONDS
from tests.support.desk_app import DeskApp

CLOCK_FILE = "CHAOS_CLOCK_FILE"
"""The variable that names the file with the seconds by which a host's clock is wrong."""


@dataclass
class Host(DeskApp):
    start_seconds = 120.0
    app: str = "tests.chaos.clocked:app"
    workers: int = 1
    """Processes that share its port; of several, one that dies is started again."""
    offset: float = field(default=0.0, init=False)
    """Seconds by which its clock is wrong."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.home.mkdir()
        self.settings |= {CLOCK_FILE: str(self.home / "clock"), "WORKERS": str(self.workers)}
        self.step(0)

    @property
    def name(self) -> str:
        return self.home.name

    def step(self, seconds: float) -> None:
        """Its clock jumps, forward or back."""
        self.offset += seconds
        written = self.home / "clock.new"
        written.write_text(str(self.offset))
        written.replace(self.home / "clock")

    def _command(self, folder: Path) -> list[str | Path]:
        command = super()._command(folder)
        command[command.index("--workers") + 1] = str(self.workers)
        # As `serve` has it. A worker that is still loading its program when it is told to end does not hear it.
        command[-1:-1] = ["--workers-kill-timeout", "3"]
        if self.workers > 1:
            command[-1:-1] = ["--respawn-failed-workers", "--respawn-interval", RESPAWN_SECONDS]
        return command

    @property
    def worker_pids(self) -> list[int]:
        """Its processes; none while it is down."""
        if not self.running:
            return []
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
