"""Runs several programs as one: names what each prints, and ends all when one ends, unless that one is restarted."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from asyncio.subprocess import STDOUT, Process, create_subprocess_exec
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

ASK_AGAIN_SECONDS = 1.0
"""A media server waits for its calls when it is told to stop, and stops at once when it is told again."""
PATIENCE_SECONDS = 5.0
"""How long the others may take to stop after the first program has ended; then they are killed."""
LAST_WORDS_SECONDS = 0.5
"""How long the output of a program that has ended is read on, in case another process still holds it open."""
RESTART_SECONDS = 0.5
SHORT_LIFE_SECONDS = 5.0
SHORT_LIVES = 5
"""A program that ends so often soon after its start is not going to run."""
CANNOT_BE_STARTED = 127
"""The exit status that a shell gives to a command it does not find."""
COLOURS = ("36", "33", "32", "35", "31", "34")
"""The ANSI codes of cyan, yellow, green, magenta, red and blue."""


@dataclass
class _Program:
    name: str
    command: Sequence[str]
    environment: dict[str, str]
    restarts: bool
    process: Process | None = None
    output: int = -1
    """The file descriptor from which its output is read."""

    def signal(self, number: signal.Signals, *, alone: bool = False) -> None:
        """Signal the program while it runs, and its own children too unless it is meant ``alone``."""
        if self.process is not None and self.process.returncode is None:
            _send(os.kill if alone else os.killpg, self.process.pid, number)


class Runner:
    """Programs that live and die together, unless they are added to be restarted."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        """Set as soon as the programs are told to stop."""
        self._programs: list[_Program] = []
        self._callback: Callable[[], None] = lambda: None
        self._reason = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told_to_stop = asyncio.Event()
        self._interrupted = False

    def add(
        self, name: str, command: Sequence[str], environment: dict[str, str] | None = None, *, restarts: bool = False
    ) -> None:
        """Add one more program. With ``restarts`` its end is not the end of all: it is started again."""
        self._programs.append(_Program(name, command, {**os.environ, **(environment or {})}, restarts))

    def after_start(self, callback: Callable[[], None]) -> None:
        """Set what is called in a thread of its own when all programs have been started."""
        self._callback = callback

    def stop(self, reason: str) -> None:
        """End all programs because of ``reason``; callable from any thread."""
        self._reason = self._reason or reason
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: all have ended
                self._loop.call_soon_threadsafe(self._stop_all)

    def run(self) -> int:
        """Run until one ends or a signal comes (a closed terminal is one); return 0 only when a signal came first.

        The second Ctrl-C kills whatever has not stopped yet.
        """
        asyncio.run(self._run_all())
        if self._reason:
            sys.stderr.write(f"error: all is stopped: {self._reason}.\n")
            return 1
        print("==> Stopped", flush=True)
        return 0

    async def _run_all(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGINT, self._interrupt)
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._stop_all)
        try:
            for program in self._programs:
                await self._start(program)
            threading.Thread(target=self._callback, daemon=True).start()
            async with asyncio.TaskGroup() as tasks:
                for program in self._programs:
                    tasks.create_task(self._keep(program))
        finally:
            self.stopping.set()
            self._signal_all(signal.SIGKILL)  # any are left only after an error, such as an output that was closed

    async def _keep(self, program: _Program) -> None:
        """Follow a program to its end, which ends all; one that restarts has several lives before."""
        short_lives, began = 0, time.monotonic()
        while True:
            status = await self._end_of(program)
            short_lives = short_lives + 1 if time.monotonic() - began < SHORT_LIFE_SECONDS else 0
            if not program.restarts or await self._stops_within(RESTART_SECONDS) or short_lives == SHORT_LIVES:
                break
            self._print(program, f"ended by itself (exit status {status}); it is started again")
            began = time.monotonic()
            await self._start(program)
        if not self.stopping.is_set():
            self.stop(f"{program.name} ended by itself (exit status {status}); its last words are above")
        asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._signal_all, signal.SIGKILL)

    async def _start(self, program: _Program) -> None:
        """Start a program in a session of its own, which the Ctrl-C of the terminal does not reach."""
        program.process = None
        program.output, output = os.pipe()  # asyncio's own pipe would hide an end until all children have closed it
        try:
            program.process = await create_subprocess_exec(
                *program.command, env=program.environment, stdout=output, stderr=STDOUT, start_new_session=True
            )
        except OSError as problem:
            self._print(program, f"cannot be started: {problem}")
        finally:
            os.close(output)
        if self.stopping.is_set():
            program.signal(signal.SIGTERM)

    async def _end_of(self, program: _Program) -> int:
        """Print what a program says until it ends; its own children do not outlive it. Return its exit status."""
        async with asyncio.TaskGroup() as tasks:
            printing = tasks.create_task(self._print_output(program))
            if program.process is None:
                return CANNOT_BE_STARTED
            status = await program.process.wait()
            _send(os.killpg, program.process.pid, signal.SIGKILL)
            await asyncio.wait([printing], timeout=LAST_WORDS_SECONDS)
            printing.cancel()
        return status

    async def _print_output(self, program: _Program) -> None:
        reader, last = asyncio.StreamReader(), b""
        with os.fdopen(program.output, "rb", 0) as output:
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, output)
            with contextlib.closing(transport):
                while said := await reader.read(64 * 1024):
                    lines, end, last = (last + said).rpartition(b"\n")
                    self._print(program, lines + end)
                self._print(program, last)

    def _print(self, program: _Program, said: str | bytes) -> None:
        """Print what a program says, with the time and its name before each line, in its colour on a terminal."""
        width = max(len(one.name) for one in self._programs)
        prefix = f"{datetime.now():%H:%M:%S} {program.name:{width}} | "
        if sys.stdout.isatty():
            colour = COLOURS[self._programs.index(program) % len(COLOURS)]
            prefix = f"\033[0m\033[{colour}m{prefix}\033[0m"
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        for line in text.splitlines():
            sys.stdout.write(f"{prefix}{line}\n")  # in one piece: the callback may print at the same time
            sys.stdout.flush()

    async def _stops_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told_to_stop.wait()
        return self.stopping.is_set()

    def _interrupt(self) -> None:
        if self._interrupted:
            self._signal_all(signal.SIGKILL)
        self._interrupted = True
        self._stop_all()

    def _stop_all(self) -> None:
        """Tell all programs to stop, and those that have not stopped after a moment once more."""
        if not self.stopping.is_set():
            self.stopping.set()
            self._told_to_stop.set()
            self._signal_all(signal.SIGTERM)
            asyncio.get_running_loop().call_later(ASK_AGAIN_SECONDS, self._ask_again)

    def _ask_again(self) -> None:
        for program in self._programs:
            program.signal(signal.SIGTERM, alone=True)

    def _signal_all(self, number: signal.Signals) -> None:
        for program in self._programs:
            program.signal(number)


def _send(how: Callable[[int, int], None], pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        how(pid, number)
