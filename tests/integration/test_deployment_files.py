"""compose.yaml, the units and the configurations in deploy/: accepted by the programs they are for."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import yaml

from callcenter.cli import livekit_server, livekit_sip, redis_server
from callcenter.cli.environment import ROOT
from callcenter.settings import Settings
from tests.support import compose
from tests.support.livekit_server import free_port
from tests.support.production import DEPLOY, production_environment, started

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
IMAGES = {"livekit": "livekit/livekit-server", "sip": "livekit/sip"}
COMPOSE_FIELDS = {"DESK_HOST", "POSTGRES_PASSWORD", "SIP_INBOUND_PASSWORD", "SIP_OUTBOUND_PASSWORD"}
MOST_EXPOSED = "20"
"""systemd-analyze counts in tenths: 20 is 2.0, "OK"; a unit without any protection has 9.6, "UNSAFE"."""

Read = Callable[[Path], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files as docs/deployment.md has them put together, with secrets filled in."""
    for name in ("compose.yaml", "Dockerfile"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copytree(DEPLOY / "etc", tmp_path / "config")
    filled = {"SECRET_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_WEBHOOK_SECRET", "POSTGRES_PASSWORD"}
    lines = (DEPLOY / "etc" / "env.example").read_text().splitlines()
    lines = [f"{line}{'cd'['WEBHOOK' in line] * 64}" if line.rstrip("=") in filled else line for line in lines]
    (tmp_path / ".env").write_text("\n".join(lines) + "\n")
    return tmp_path


def compose_command() -> list[str]:
    """Docker Compose as docker's plugin or as a program of its own; empty where there is neither."""
    docker = shutil.which("docker")
    if docker and not subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        return [docker, "compose"]
    alone = shutil.which("docker-compose")
    return [alone] if alone else []


def compose_config(project: Path) -> subprocess.CompletedProcess[str]:
    command = [*compose_command(), "--project-directory", str(project), "config"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})


WITH_DOCKER = pytest.param(
    compose_config, id="docker", marks=pytest.mark.skipif(not compose_command(), reason="no docker compose here")
)


@pytest.mark.parametrize("read", [pytest.param(compose.read, id="library"), WITH_DOCKER])
def test_compose_reads_the_file_and_asks_for_secrets_that_are_missing(project: Path, read: Read) -> None:
    whole = read(project)
    assert (whole.returncode, whole.stderr) == (0, "")
    (project / ".env").write_text("DESK_HOST=desk.example.com\n")
    refused = read(project)
    assert refused.returncode != 0
    assert "POSTGRES_PASSWORD is missing a value: make one" in refused.stderr


def test_compose_refuses_a_field_it_does_not_know(project: Path) -> None:
    """What it is asked above is worth something."""
    file = project / "compose.yaml"
    file.write_text(file.read_text().replace("security_opt:", "security_opts:"))
    refused = compose.read(project)
    assert refused.returncode != 0
    assert "security_opts" in refused.stderr


def test_every_service_starts_again_by_itself_and_what_it_mounts_is_there(project: Path) -> None:
    services = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    assert services["migrate"].pop("restart") == "no"
    assert all(service["restart"] == "unless-stopped" for name, service in services.items() if name != "migrate")
    mounts = [mount.split(":")[0] for service in services.values() for mount in service.get("volumes", [])]
    assert all((project / mount).exists() for mount in mounts if mount.startswith("."))
    for name, service in services.items():
        listens = [str(port) for port in service.get("ports", [])]
        assert all(port.startswith("127.0.0.1:") for port in listens), f"{name} listens to the outside"
        assert bool(listens) != (service.get("network_mode") == "host")


def test_the_images_are_of_the_versions_that_are_tested() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    pinned = {"livekit": livekit_server.PROGRAM.version, "sip": livekit_sip.PROGRAM.version}
    wanted = {name: f"{image}:{pinned[name]}" for name, image in IMAGES.items()}
    assert {name: services[name]["image"] for name in IMAGES} == wanted


def test_every_setting_of_the_example_is_one() -> None:
    names = set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "etc" / "env.example").read_text(), re.MULTILINE))
    assert names - COMPOSE_FIELDS <= {name.upper() for name in Settings.model_fields}


def test_the_image_gets_all_the_page_and_the_server_need_and_no_secret() -> None:
    """What .dockerignore lets in, against what the project has."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines, "everything else stays out"
    needed = {"callcenter", "alembic", "assets", "reflex.lock", "rxconfig.py", "requirements-tracing.lock"}
    assert needed | {"requirements-bootstrap.lock", "tools/locked_packages.py"} <= let_in
    assert not let_in & {".env", ".dev", "config", ".git"}
    assert all((ROOT / name).exists() for name in let_in)


@pytest.fixture
def units(tmp_path: Path) -> list[str]:
    """The units with programs that exist on this machine."""
    for unit in UNITS:
        text = re.sub(r"/opt/callcenter/\.venv/bin/python|/usr/local/bin/[\w-]+", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text.replace("/usr/bin/redis-server", "/bin/true"))
    return [str(tmp_path / unit.name) for unit in UNITS]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_takes_the_units_and_finds_them_well_protected(units: list[str]) -> None:
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in units:
        command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit]
        judged = subprocess.run(command, capture_output=True, text=True)
        assert judged.returncode == 0, judged.stdout.splitlines()[-1]


def start_line(unit: str, places: dict[str, str]) -> list[str]:
    """What systemd would run, with programs and files of this machine."""
    (line,) = re.findall(r"^ExecStart=(.*)$", (DEPLOY / "systemd" / unit).read_text(), re.MULTILINE)
    for old, new in {"$$": "$", " --supervised systemd": "", **places}.items():
        line = line.replace(old, new)
    return shlex.split(line)


def configured(home: Path) -> dict[str, int]:
    """The configurations in ``home``, on ports of this test's own: old port → new one."""
    ports = {str(old): free_port() for old in (6379, 7880, 7881, 7882, 5060, 6789)}
    for name in ("livekit.yaml", "sip.yaml", "redis.conf"):
        text = re.sub(
            r"\b(\d{4})\b", lambda found: str(ports.get(found[1], found[1])), (DEPLOY / "etc" / name).read_text()
        )
        text = text.replace("203.0.113.10", "127.0.0.1").replace("/var/lib/callcenter-redis", str(home))
        (home / name).write_text(text)
    return {name: ports[port] for name, port in (("redis", "6379"), ("livekit", "7880"), ("figures", "6789"))}


def test_the_media_servers_take_their_configurations_as_the_units_start_them(tmp_path: Path) -> None:
    ports = configured(tmp_path)
    livekit, figures = (f"http://127.0.0.1:{ports[name]}" for name in ("livekit", "figures"))
    environment = production_environment(LIVEKIT_WS_URL=livekit.replace("http", "ws"))
    places = {
        "/etc/callcenter": str(tmp_path),
        "/usr/local/bin/livekit-server": str(livekit_server.find_or_build()),
        "/usr/local/bin/livekit-sip": str(livekit_sip.find_or_build()),
        "/usr/bin/redis-server": str(redis_server.find_or_install()),
    }
    with ExitStack() as stack:
        for name, ready in (
            ("redis", f"tcp://127.0.0.1:{ports['redis']}"),
            ("livekit", livekit),
            ("sip", f"{figures}/metrics"),
        ):
            line = start_line(f"callcenter-{name}.service", places)
            stack.enter_context(started(line, environment, tmp_path / f"{name}.log", ready))
        assert httpx.get(livekit, trust_env=False).text == "OK"
        assert "livekit_sip_" in httpx.get(f"{figures}/metrics", trust_env=False).text
    assert "b" * 64 not in " ".join(path.read_text() for path in tmp_path.glob("*.log"))
