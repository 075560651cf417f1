"""A server of a test's own, as a process: start, crash, freeze, come back, be gone with its folder."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

LOOK_SECONDS = 0.02
LOG_SHOWN = 3000


@dataclass
class ServerProcess(ABC):
    """kill() and start() bring it down and back in the same folder, as a crash and a restart would."""

    title: ClassVar[str]
    start_seconds: ClassVar[float] = 15.0
    folder: Path | None = field(default=None, kw_only=True)
    """Where it writes; one of its own, gone with stop(), unless it is given."""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _owns_folder: bool = field(default=False, init=False, repr=False)

    @abstractmethod
    def _command(self, folder: Path) -> Sequence[str | Path]:
        """What to start, with its files written to the folder."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it does what one starts it for. Connections that fail may raise OSError."""

    def _options(self) -> dict[str, Any]:
        """More for Popen, such as the environment."""
        return {}

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id; 0 when it is not running."""
        return self._process.pid if self._process is not None and self.running else 0

    @property
    def log(self) -> str:
        """What it has written so far."""
        path = self.folder / "log" if self.folder else None
        return path.read_text(errors="replace") if path and path.exists() else ""

    def start(self) -> None:
        """Start it and return when it answers. Raises RuntimeError with its log when it does not."""
        if self.running:
            return
        folder = self._prepare()
        command = self._command(folder)
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **self._options())
        deadline = time.monotonic() + self.start_seconds
        while not self._is_ready():
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.title} ended at once:\n{self.log[-LOG_SHOWN:]}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(
                    f"{self.title} did not answer within {self.start_seconds:.0f} s:\n{self.log[-LOG_SHOWN:]}"
                )
            time.sleep(LOOK_SECONDS)

    def kill(self) -> None:
        """End it and its children at once, as a crash would: whoever is connected is told nothing."""
        if self._process is not None:
            self._send(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def end(self, seconds: float) -> None:
        """Ask it to end, and wait. Raises subprocess.TimeoutExpired when it does not within that time.

        What it leaves behind is killed, as a system's manager of services does.
        """
        if self._process is not None:
            self._process.terminate()
            self._process.wait(seconds)
            self._send(signal.SIGKILL)
            self._process = None

    def stop(self) -> None:
        """End it for good, and forget what it wrote in a folder of its own."""
        self.kill()
        if self.folder is not None and self._owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None
            atexit.unregister(self.stop)

    def freeze(self) -> None:
        """It stands still: connections stay open, and nothing answers."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def _prepare(self) -> Path:
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix=f"{self.title}-"))
            self._owns_folder = True
            atexit.register(self.stop)
        return self.folder

    def _is_ready(self) -> bool:
        try:
            return self.running and self._answers()
        except OSError:
            return False

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
