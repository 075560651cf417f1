"""Docker Compose' own reader of a compose file, from the source that ``docker compose config`` is built of."""

import os
import subprocess
from pathlib import Path

from callcenter.cli.go_programs import GoProgram

PROGRAM = GoProgram("compose-spec", "compose", "github.com/compose-spec/compose-go/v2", "cmd", "half a minute")


def read(project: Path) -> "subprocess.CompletedProcess[str]":
    """``compose.yaml`` with what ``.env`` beside it says filled in; its exit status and stderr say what is wrong."""
    lines = [line for line in (project / ".env").read_text().splitlines() if line and not line.startswith("#")]
    environment = {"PATH": os.environ["PATH"], **dict(line.split("=", 1) for line in lines)}
    command = [str(PROGRAM.find() or PROGRAM.build()), "compose.yaml"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
