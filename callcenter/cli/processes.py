"""Run several programs as one: what one prints is named; when one ends all end, unless it is to be restarted."""

import contextlib
import multiprocessing
import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer
from honcho.process import Popen, Process

ASK_AGAIN_SECONDS = 1.0
"""A media server waits for its calls when it is told to stop, and stops at once when it is told again."""


RESTART_SECONDS = 0.5
SHORT_LIFE_SECONDS = 5.0
SHORT_LIVES = 5
"""A program that ends so often soon after its start is not going to run."""


class _Printer(Printer):  # type: ignore[misc]
    """Leaves out what the runner says of itself, but notes which program ended first."""

    first_end: tuple[str, int] | None = None

    def write(self, message: Message) -> None:
        if message.name != SYSTEM_PRINTER_NAME:
            super().write(message)
            return
        ended = re.match(r"(\S+) stopped \(rc=(-?\d+)\)", str(message.data))
        if ended and self.first_end is None:
            self.first_end = (ended[1], int(ended[2]))


class _Child(Popen):  # type: ignore[misc]
    """A program whose own children do not outlive it, whatever it died of."""

    def __init__(self, command: str, **options: Any) -> None:
        super().__init__(command, **options)
        threading.Thread(target=self._end_the_family, daemon=True).start()

    def _end_the_family(self) -> None:
        self.wait()
        _kill_group(self.pid)


class _Process(Process):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._child_ctor = _Child


class _Restarted(_Process):
    """A program that is started again when it ends by itself."""

    stopping: Any
    """Set when all are told to stop."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        self._events = events
        # Not ignored as in the base class: who is started later would inherit that, and not a handler.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        short_lives = 0
        while True:
            started = time.monotonic()
            status = self._live()
            short_lives = short_lives + 1 if time.monotonic() - started < SHORT_LIFE_SECONDS else 0
            if self.stopping.wait(RESTART_SECONDS) or short_lives == SHORT_LIVES:
                break
            self._send_message(f"ended by itself (exit status {status}); it is started again\n".encode())
        self._send_message({"returncode": status}, type="stop")

    def _live(self) -> int:
        """One life; returns the exit status."""
        child = self._child_ctor(self.cmd, env=self.env, cwd=self.cwd)
        self._send_message({"pid": child.pid}, type="start")
        if self.stopping.is_set():
            child.terminate()
        for line in iter(child.stdout.readline, b""):
            self._send_message(line)
        return int(child.wait())


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class _Manager(Manager):  # type: ignore[misc]
    """A Manager that tells when its programs run."""

    def __init__(self, printer: Printer, started: Callable[[], None]) -> None:
        super().__init__(printer)
        self._process_ctor = _Process
        self._tell_started = started
        self._stopping = multiprocessing.Event()

    def add_restarted(self, name: str, command: str, **options: Any) -> None:
        """A program that is not to stay away when it ends by itself."""
        self._process_ctor = _Restarted
        self.add_process(name, command, **options).stopping = self._stopping
        self._process_ctor = _Process

    def _start(self) -> None:
        super()._start()
        self._tell_started()

    def terminate(self) -> None:
        """Tell all programs to stop, and those that have not stopped after a moment once more."""
        if not self._terminating:
            again = threading.Timer(ASK_AGAIN_SECONDS, self._ask_again)
            again.daemon = True
            again.start()
        self._stopping.set()
        super().terminate()

    def _ask_again(self) -> None:
        for process in self._processes.values():
            if process.get("pid") and "returncode" not in process:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process["pid"], signal.SIGTERM)

    def kill_all(self) -> None:
        """The last resort, when nobody is left to wait for an orderly end."""
        for process in self._processes.values():
            if process.get("pid"):
                _kill_group(process["pid"])


class Runner:
    """Programs that live and die together, unless they are added to be restarted."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._printer = _Printer(sys.stdout)
        self._manager = _Manager(self._printer, self._started)
        self._callback: Callable[[], None] = lambda: None
        self._reason = ""

    def add(
        self, name: str, command: Sequence[str], environment: dict[str, str] | None = None, *, restarts: bool = False
    ) -> None:
        """One more program. With ``restarts`` its end is not the end of all: it is started again."""
        add = self._manager.add_restarted if restarts else self._manager.add_process
        # With exec, it and not a shell receives the signals.
        add(name, "exec " + shlex.join(command), env={**os.environ, **(environment or {})})

    def after_start(self, callback: Callable[[], None]) -> None:
        """Called in a thread of its own when all programs were started."""
        self._callback = callback

    def stop(self, reason: str) -> None:
        """End all programs because of ``reason``."""
        self._reason = reason
        os.kill(os.getpid(), signal.SIGTERM)

    def run(self) -> int:
        """Until one ends or a signal comes (a closed terminal is one); 0 only when somebody asked for the end."""
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        try:
            self._manager.loop()
        except BaseException:
            self._manager.kill_all()
            raise
        finally:
            self.stopping.set()
        return self._outcome(self._manager.returncode)

    def _started(self) -> None:
        threading.Thread(target=self._callback, daemon=True).start()

    def _outcome(self, status: Any) -> int:
        asked_for = status in (130, 143)
        if self._reason or not asked_for:
            name, code = self._printer.first_end or ("a program", 1)
            reason = self._reason or f"{name} ended by itself (exit status {code}); its last words are above"
            sys.stderr.write(f"error: all is stopped: {reason}.\n")
            return 1
        print("==> Stopped", flush=True)
        return 0
