"""The pages about the database do what they say: their commands, one after the other, on both databases."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from callcenter.accounts.cli import DEMO_PASSWORD
from callcenter.cli.environment import ROOT
from tests.support.postgres import PostgresServer, binaries
from tests.support.production import production_environment

pytestmark = pytest.mark.own_postgresql

PAGES = ("database", "backups", "upgrades", "secrets")
TEXT = "\n".join((ROOT / "docs" / f"{name}.md").read_text() for name in PAGES)
BLOCK = re.compile(r"^```sh (.+)\n((?:.+\n)+?)```$", re.MULTILINE)
NEEDED = ("alembic", "alembic.ini", "callcenter")
"""What of the project's directory the commands use."""


@dataclass
class Desk:
    """A directory in which an administrator types."""

    kind: str
    home: Path
    environment: dict[str, str]

    def follow(self, heading: str) -> str:
        """Type what the pages say under this heading; returns what was printed."""
        _, _, rest = TEXT.partition(f"\n## {heading}\n")
        section = re.split(r"\n##? ", rest)[0]
        commands = [commands for kinds, commands in BLOCK.findall(section) if self.kind in kinds.split()]
        assert commands, f"nothing to do for {self.kind} under {heading}"
        return "".join(self.type(f"set -eu\n{one}") for one in commands)

    def type(self, command: str, stdin: str = "") -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.home,
            env=self.environment,
            input=stdin,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def add(self, name: str) -> None:
        command = f"python -m callcenter accounts add {name} --role agent --full-name {name.title()} --password-stdin"
        self.type(command, stdin=DEMO_PASSWORD)

    def accounts(self) -> set[str]:
        listed = self.type("python -m callcenter accounts list")
        return {name for name in ("anna", "ben", "late") if re.search(rf"\b{name}\b", listed)}


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    for name in NEEDED:
        (tmp_path / name).symlink_to(ROOT / name)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    if request.param == "sqlite":
        settings = {"DATABASE_URL": "sqlite:///callcenter.db", "PATH": path}
        yield Desk("sqlite", tmp_path, production_environment(**settings))
        return
    server = PostgresServer.boot()
    host = server.url.partition("host=")[2]
    settings = {
        "DATABASE_URL": f"postgresql://callcenter@/callcenter?host={host}",
        "PATH": os.pathsep.join((str(binaries()), path)),
        "PGHOST": host,
        "PGUSER": "postgres",
        "PGDATABASE": "postgres",
    }
    yield Desk("postgresql", tmp_path, production_environment(**settings))
    server.stop()


def test_the_pages_from_the_first_to_the_last_command(desk: Desk) -> None:
    desk.follow("Install")
    desk.add("anna")
    desk.add("ben")
    desk.follow("Back up")
    desk.add("late")
    assert desk.accounts() == {"anna", "ben", "late"}

    desk.follow("Restore")
    assert desk.accounts() == {"anna", "ben"}, "as it was when it was backed up"

    *_, current, head = desk.follow("Upgrade").split("\n")[:-1]
    assert current == head, "nothing is left to do"
    desk.follow("Downgrade")
    assert desk.type("python -m alembic current").strip() not in ("", head)
    desk.follow("Upgrade")
    assert desk.accounts() == {"anna", "ben"}

    key = desk.follow("Change the secret key").strip()
    desk.environment["SECRET_KEY"] = f"{key},{desk.environment['SECRET_KEY']}"
    desk.add("late")


def test_every_marked_block_names_its_databases() -> None:
    marked = [set(kinds.split()) for kinds, _ in BLOCK.findall(TEXT)]
    assert len(marked) == TEXT.count("```sh")
    assert all(kinds <= {"sqlite", "postgresql"} for kinds in marked)
