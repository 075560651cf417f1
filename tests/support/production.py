"""The desk as docs/deployment.md has it served, and the proxy in front of it."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from callcenter.cli.environment import ROOT
from callcenter.settings import Settings

START_SECONDS = 120.0
DEPLOY = ROOT / "deploy"


def documented_commands() -> list[list[str]]:
    """The commands in which both ways of deployment end, as arguments of this Python."""
    text = (ROOT / "docs" / "deployment.md").read_text()
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split() for line in block.splitlines() if line]
    assert all(words[:1] == ["python"] for words in lines)
    return [[sys.executable, *words[1:]] for words in lines]


def production_environment(**settings: str) -> dict[str, str]:
    """The example's settings with secrets filled in, and nothing of the shell's but where programs are."""
    lines = (DEPLOY / "etc" / "env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]", line))
    known = {name.upper() for name in Settings.model_fields}
    shell = {key: value for key, value in os.environ.items() if key.upper() not in known}
    secrets = {"SECRET_KEY": "a" * 64, "LIVEKIT_API_SECRET": "b" * 64, "LIVEKIT_WEBHOOK_SECRET": "d" * 64}
    return {**shell, **example, **secrets, **settings}


@contextmanager
def started(
    command: list[str], environment: Mapping[str, str], log: Path, ready: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs until the end of the block, from when the address ``ready`` answers, whatever it answers."""
    with log.open("wb") as output:
        program = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(ready):
            assert program.poll() is None, f"{command[0]} ended at once:\n{log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"{command[0]} does not answer:\n{log.read_text()[-3000:]}"
            time.sleep(0.05)
        yield program
    finally:
        program.terminate()
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _answers(address: str) -> bool:
    """Over HTTP, or at ``tcp://host:port`` by being there."""
    try:
        if address.startswith("tcp:"):
            socket.create_connection((urlsplit(address).hostname, urlsplit(address).port), timeout=1).close()
            return True
        httpx.get(address, timeout=1, trust_env=False, verify=False)
    except (httpx.TransportError, OSError):
        return False
    return True


def caddy_config(caddy: str, port: int, http_port: int, upstreams: Mapping[str, str]) -> dict[str, Any]:
    """Our Caddyfile for https://localhost:port with a certificate of its own making, which it installs nowhere."""
    environment = {**os.environ, "DESK_HOST": "localhost", **upstreams}
    command = [caddy, "adapt", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile", "--validate"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    config: dict[str, Any] = json.loads(done.stdout)
    config["admin"] = {"disabled": True}
    config["apps"]["http"] |= {"http_port": http_port, "https_port": port}
    for server in config["apps"]["http"]["servers"].values():
        server["listen"] = [{":80": f":{http_port}", ":443": f":{port}"}[one] for one in server["listen"]]
    config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    return config
