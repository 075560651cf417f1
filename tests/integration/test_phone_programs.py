"""What `make phones` needs, and what it says in one line when something stands in its way."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from callcenter.cli import livekit_server, livekit_sip, redis_server
from callcenter.cli.environment import ROOT
from callcenter.platform.errors import Problem
from tests.support.ports import steady_port


@pytest.fixture
def _bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No program is installed, none was built, and nobody may install any."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.usefixtures("_bare_machine")
def test_what_livekit_sip_lacks_is_named_in_one_line() -> None:
    with pytest.raises(Problem) as problem:
        livekit_sip.find_or_build()
    assert "sudo apt install build-essential pkg-config libopus-dev libopusfile-dev libsoxr-dev" in str(problem.value)
    assert "\n" not in str(problem.value)


@pytest.mark.usefixtures("_bare_machine")
def test_without_redis_it_says_how_to_install_it() -> None:
    with pytest.raises(Problem, match="sudo apt install redis-server"):
        redis_server.find_or_install()


@pytest.mark.usefixtures("_bare_machine")
def test_a_program_that_was_built_is_found_again() -> None:
    for program in (livekit_server.PROGRAM, livekit_sip.PROGRAM):
        assert program.find() is None
        program.cached.parent.mkdir(parents=True)
        program.cached.touch(0o700)
        assert program.find() == program.cached
        assert program.version in str(program.cached)


@pytest.mark.parametrize(("name", "value"), [("SIP_PORT", "five"), ("SIP_PORT", "65530"), ("SIP_RTP_PORT", "65500")])
def test_ports_that_are_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Problem, match=name):
        livekit_sip.Ports.from_environment()


def test_the_servers_are_reachable_on_this_machine_only() -> None:
    config = json.loads(livekit_sip.config_text("key", "secret", "ws://127.0.0.1:7880", "127.0.0.1:6380"))
    assert (config["listen_ip"], config["nat_1_to_1_ip"], config["use_external_ip"]) == (
        "127.0.0.1",
        "127.0.0.1",
        False,
    )
    arguments = redis_server.arguments(6380, Path("data"))
    assert arguments[arguments.index("--bind") + 1] == "127.0.0.1"


def test_lines_are_made_in_no_livekit_of_others(tmp_path: Path) -> None:
    said = _up(tmp_path, LIVEKIT_URL="https://livekit.example.com")
    assert said.startswith("error: With telephones, LiveKit is started here, and LIVEKIT_URL names another one.")


def test_a_port_that_is_taken_is_named_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = _up(tmp_path, REDIS_PORT=str(taken.getsockname()[1]))
    assert said.startswith("error: ")
    assert "REDIS_PORT" in said


def test_a_plan_with_mistakes_stops_it(tmp_path: Path) -> None:
    (tmp_path / "telephony.toml").write_text('[inbound]\nallowed_addresses = ["carrier.example"]\n')
    said = _up(tmp_path)
    assert "telephony.toml" in said
    assert "carrier.example" in said


def _up(home: Path, **environment: str) -> str:
    """What `make phones` says before it gives up."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIVEKIT_", "TELEPHONY", "SIP_"))}
    kept |= {
        "DEBUG": "true",
        "DATABASE_URL": f"sqlite:///{home / 'desk.db'}",
        "TELEPHONY_FILE": str(home / "telephony.toml"),
    }
    for name in ("PORT", "LIVEKIT_PORT", "LIVEKIT_TCP_PORT", "LIVEKIT_UDP_PORT", "REDIS_PORT", "SIP_PORT"):
        kept[name] = str(steady_port(12 if name == "SIP_PORT" else 1))  # its tenth and eleventh after it too
    command = [sys.executable, "-m", "callcenter", "up", "--phones"]
    done = subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stdout
    return done.stderr
