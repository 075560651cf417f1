"""`make phones`: one command, and a telephone on this machine rings at the desk."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from callcenter.cli.environment import DEV_DIR, ROOT
from tests.support.livekit_server import free_port
from tests.support.phone_network import PASSWORD, SUPPORT
from tests.support.sipp import Sipp
from tests.support.waiting import until

BUILD_SECONDS = 240
"""The page is built first when its sources have changed."""


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    output: Path
    sip_port: int

    @property
    def said(self) -> str:
        return self.output.read_text(errors="replace")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    file = tmp_path / "telephony.toml"
    file.write_text(
        f'[[numbers]]\nnumber = "{SUPPORT}"\nlabel = "Support"\n'
        '[inbound]\nuser = "carrier"\nallowed_addresses = ["127.0.0.1"]\n'
    )
    sip_port = free_port() % 20000 + 20000
    ports = {"PORT": free_port(), "LIVEKIT_PORT": free_port(), "REDIS_PORT": free_port(), "SIP_PORT": sip_port}
    ports |= {"LIVEKIT_TCP_PORT": free_port(), "LIVEKIT_UDP_PORT": free_port(), "SIP_RTP_PORT": 40000}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LIVEKIT_", "TELEPHONY"))}
    environment |= {name: str(port) for name, port in ports.items()}
    environment |= {
        "DEBUG": "true",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'desk.db'}",
        "TELEPHONY_FILE": str(file),
        "SIP_INBOUND_PASSWORD": PASSWORD,
    }
    output = tmp_path / "output.log"
    with output.open("wb") as log:
        command = [sys.executable, "-m", "callcenter", "up", "--phones"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    yield Running(process, output, sip_port)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    for kept in (f"livekit-{ports['LIVEKIT_PORT']}.yaml", f"livekit-sip-{sip_port}.yaml"):
        (DEV_DIR / kept).unlink(missing_ok=True)
    shutil.rmtree(DEV_DIR / f"redis-{ports['REDIS_PORT']}", ignore_errors=True)


async def test_a_telephone_rings_after_one_command_and_again_after_a_server_was_killed(
    running: Running, tmp_path: Path
) -> None:
    await until(
        lambda: "Stop:" in running.said or running.process.poll() is not None, BUILD_SECONDS, lambda: running.said
    )
    assert f"sip:{SUPPORT}@127.0.0.1:{running.sip_port}   Support" in running.said, running.said
    await _rings(running, tmp_path)

    kill = ["pkill", "-KILL", "-f", f"livekit-sip-{running.sip_port}.yaml"]
    assert (await asyncio.to_thread(subprocess.run, kill)).returncode == 0, "livekit-sip did not run"
    await until(lambda: re.search(r"sip\s+\| ended by itself", running.said), 20, lambda: running.said)
    await _rings(running, tmp_path)

    running.process.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(running.process.wait, 20) == 0
    assert running.said.rstrip().endswith("==> Stopped")


async def _rings(running: Running, tmp_path: Path) -> None:
    """Perhaps not at the first try: a server that was killed takes a moment to come back."""
    for _ in range(10):
        phone = Sipp.caller(
            tmp_path, f"127.0.0.1:{running.sip_port}", to=SUPPORT, number="+493023125001", password=PASSWORD
        )
        try:
            await phone.start().got("180", 3)
        except TimeoutError:
            continue
        else:
            return
        finally:
            phone.kill()
    raise AssertionError(f"no telephone rings:\n{running.said}")
