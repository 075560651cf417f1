"""A fresh machine: what is locked is installed, whatever was released meanwhile and whichever pip it has."""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from callcenter.cli.environment import ROOT
from callcenter.cli.web_build import build_if_changed
from tests.support.livekit_server import free_port
from tests.support.package_index import add_wheel, served

OLD_PIP, NEW_PIP = "23.0.1", "26.3"
"""Debian 12's own looks for an extra of a locked package among all releases."""
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
MADE_FOR = [*itertools.product(PYTHONS, PLATFORMS), ("3.13", "aarch64-apple-darwin")]
VERSIONS = "from importlib.metadata import version as v; print(v('house'), v('door'), v('bell'))"


@dataclass(frozen=True)
class Index:
    address: str
    folder: Path
    locked: str
    """The lock file that was written before newer releases came."""

    def simple(self, *, with_uv: bool = True) -> str:
        return f"{self.address}/{'whole' if with_uv else 'bare'}"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """House needs door with a bell. Door and bell were released anew since they were locked."""
    folder = tmp_path_factory.mktemp("index")
    bare, whole = folder / "bare", folder / "whole"
    locked = [
        add_wheel(bare, "house", "1.0", requires=["door[ring]>=1.0"]),
        add_wheel(bare, "door", "1.0", requires=["bell; extra == 'ring'"], extras=["ring"]),
        add_wheel(bare, "bell", "1.0"),
    ]
    add_wheel(bare, "door", "2.0", requires=["bell>=2.0; extra == 'ring'"], extras=["ring"])
    add_wheel(bare, "bell", "2.0")
    shutil.copytree(bare, whole)
    download = ("download", "--quiet", "--no-deps", "--require-hashes", "-r", str(ROOT / "requirements-bootstrap.lock"))
    subprocess.run([sys.executable, "-m", "pip", *download, "-d", str(whole / "uv")], check=True)
    with served(folder) as address:
        yield Index(address, folder, "\n".join(locked) + "\n")


@dataclass(frozen=True)
class Machine:
    """A checkout with the given lock file, and nothing in its home."""

    home: Path

    @property
    def project(self) -> Path:
        return self.home / "project"

    @property
    def python(self) -> Path:
        return self.project / ".venv" / "bin" / "python"

    def run(self, *command: str, index: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PIP_INDEX_URL": index}
        # pip says why it cannot reach an index only when it tries again.
        environment |= {"PIP_RETRIES": "1", "UV_HTTP_RETRIES": "0"}
        return subprocess.run(command, cwd=self.project, env=environment, capture_output=True, text=True, check=False)

    def set_up(self, index: str) -> subprocess.CompletedProcess[str]:
        """What `make run` does first; ends with the versions that were installed."""
        return self.run(sys.executable, "tools/setup_env.py", "--", "-c", VERSIONS, index=index)


@pytest.fixture
def machine(tmp_path: Path, index: Index) -> Machine:
    machine = Machine(tmp_path)
    (machine.project / "tools").mkdir(parents=True)
    for name in ("tools/setup_env.py", "tools/locked_packages.py", "requirements-bootstrap.lock"):
        shutil.copy(ROOT / name, machine.project / name)
    (machine.project / "requirements.lock").write_text(index.locked)
    return machine


def make_environment(machine: Machine, pip: str) -> None:
    """A virtual environment with that very pip."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    environment = {**os.environ, "UV_SYSTEM_CERTS": "true"}
    subprocess.run(
        [*uv, "venv", "--python", sys.executable, str(machine.python.parents[1])], env=environment, check=True
    )
    install = ["pip", "install", "--python", str(machine.python), f"pip=={pip}"]
    subprocess.run([*uv, *install], env=environment, check=True)


@pytest.mark.parametrize("with_uv", [True, False], ids=["uv", "no uv for this machine"])
@pytest.mark.parametrize("pip", [OLD_PIP, NEW_PIP])
def test_what_is_locked_is_installed_although_newer_releases_are_there(
    machine: Machine, index: Index, pip: str, with_uv: bool
) -> None:
    make_environment(machine, pip)
    done = machine.set_up(index.simple(with_uv=with_uv))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "1.0 1.0 1.0"
    assert machine.python.with_name("uv").exists() == with_uv, "pip's index is uv's as well"


def test_a_second_start_installs_nothing(machine: Machine, index: Index) -> None:
    make_environment(machine, NEW_PIP)
    machine.set_up(index.simple())
    again = machine.set_up(nowhere())
    assert (again.returncode, again.stdout) == (0, "1.0 1.0 1.0\n")


def test_another_file_than_the_locked_one_is_refused(machine: Machine, index: Index) -> None:
    make_environment(machine, NEW_PIP)
    lock = machine.project / "requirements.lock"
    digits = lock.read_text().rsplit(":", 1)[1].strip()
    lock.write_text(lock.read_text().replace(digits, digits[::-1]))
    refused = machine.set_up(index.simple())
    assert refused.returncode == 1
    assert "hash" in refused.stderr.lower()
    assert refused.stderr.splitlines()[-1].startswith("error: the Python packages could not be installed")


@pytest.mark.parametrize("has_uv", [True, False], ids=["uv", "pip"])
def test_a_network_that_is_away_is_called_so(machine: Machine, index: Index, has_uv: bool) -> None:
    make_environment(machine, NEW_PIP)
    if has_uv:
        assert machine.set_up(index.simple()).returncode == 0
        with (machine.project / "requirements.lock").open("a") as lock:
            lock.write(f"roof==1.0 --hash=sha256:{'0' * 64}\n")
    refused = machine.set_up(nowhere())
    assert refused.returncode == 1
    assert refused.stderr == (
        "error: the Python package index cannot be reached. Check the network connection, then run this again.\n"
    )


def test_packages_that_do_not_fit_together_are_not_passed_over(machine: Machine, index: Index) -> None:
    make_environment(machine, NEW_PIP)
    lock = machine.project / "requirements.lock"
    lock.write_text(lock.read_text().splitlines()[0] + "\n")
    refused = machine.set_up(index.simple())
    assert refused.returncode == 1
    assert "door" in refused.stderr
    assert "do not fit together" in refused.stderr.splitlines()[-1]


def test_what_an_older_lock_left_is_put_aside_when_it_does_not_fit(machine: Machine, index: Index) -> None:
    """A former version needed a window that goes with the first door only; the lock has moved on to the second."""
    window = add_wheel(index.folder / "whole", "window", "1.0", requires=["door<2.0"])
    door = add_wheel(index.folder / "whole", "door", "2.0", requires=["bell>=2.0; extra == 'ring'"], extras=["ring"])
    bell = add_wheel(index.folder / "whole", "bell", "2.0")
    make_environment(machine, NEW_PIP)
    lock = machine.project / "requirements.lock"
    lock.write_text(index.locked + window + "\n")
    assert machine.set_up(index.simple()).returncode == 0
    lock.write_text("\n".join([index.locked.splitlines()[0], door, bell]) + "\n")
    done = machine.set_up(index.simple())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "1.0 2.0 2.0"


def test_a_package_that_would_have_to_be_built_is_refused_with_a_sentence(machine: Machine, index: Index) -> None:
    wheel = index.folder / "whole" / "chimney" / "chimney-1.0-cp35-cp35m-win32.whl"
    line = add_wheel(index.folder / "whole", "chimney", "1.0")
    next(wheel.parent.iterdir()).rename(wheel)
    make_environment(machine, NEW_PIP)
    (machine.project / "requirements.lock").write_text(line + "\n")
    refused = machine.set_up(index.simple())
    assert refused.returncode == 1
    assert "not every package is made for this machine" in refused.stderr.splitlines()[-1]


def test_the_image_gets_what_is_locked(machine: Machine, index: Index) -> None:
    """The line of the Dockerfile, with an old pip."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    (line,) = [one.removeprefix("RUN ") for one in lines if one.startswith("RUN") and "locked_packages" in one]
    shutil.copy(machine.project / "requirements.lock", machine.project / "requirements-tracing.lock")
    make_environment(machine, OLD_PIP)
    done = machine.run("sh", "-c", line.replace(" python ", f" {machine.python} "), index=index.simple())
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.run(str(machine.python), "-c", VERSIONS, index="").stdout == "1.0 1.0 1.0\n"
    assert list(machine.project.glob(".venv/lib/*/site-packages/__pycache__/house.*.pyc")), (
        "it cannot write there later"
    )


@pytest.mark.parametrize(("python", "platform"), MADE_FOR)
def test_every_locked_package_is_ready_made_for(python: str, platform: str, tmp_path: Path) -> None:
    """Nothing is installed: uv looks for the files only. What the checks need has all the others in it."""
    uv = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--quiet", "--target", str(tmp_path / "nowhere")]
    exactly = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    where = ["--python-version", python, "--python-platform", platform]
    for name in ("requirements-dev.lock", "requirements-go.lock", "requirements-bootstrap.lock"):
        command = [*uv, *exactly, *where, "-r", str(ROOT / name)]
        environment = {**os.environ, "UV_SYSTEM_CERTS": "true"}
        found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stderr) == (0, ""), name


def test_a_build_of_the_page_leaves_a_fresh_clone_as_it_was() -> None:
    """What the build may bring up to date is committed when it changes."""
    build_if_changed()
    listed = subprocess.run(
        ["git", "status", "--porcelain", "reflex.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert listed.stdout == ""


def nowhere() -> str:
    """An index that does not answer."""
    return f"http://127.0.0.1:{free_port()}/simple"
