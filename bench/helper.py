"""A load client in a process of its own: it takes its own core, and its work does not delay what it measures."""

import asyncio
import json
import sys
from types import TracebackType
from typing import Any, Self

from bench.machine import ROOT


class HelperFailed(RuntimeError):
    """The load client has ended; its own words are on standard error."""


class Helper:
    """``python -m bench.<module>``, which takes one command at a time."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"bench.{self._module}", stdin=pipe, stdout=pipe, cwd=ROOT, limit=2**28
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def ask(self, do: str, **facts: Any) -> Any:
        """One command and its result. Raises HelperFailed."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(json.dumps({"do": do, **facts}).encode() + b"\n")
            await self._process.stdin.drain()
            line = await self._process.stdout.readline()
        if not line:
            raise HelperFailed(f"bench.{self._module} ended")
        return json.loads(line)
