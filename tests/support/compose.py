"""Docker Compose' own reader of compose files, which ``docker compose config`` is built on."""

import os
import subprocess
from pathlib import Path

from callcenter.cli.go_programs import GoProgram

PROGRAM = GoProgram("compose-reader", "compose", "github.com/compose-spec/compose-go/v2", ".", "half a minute")


def read(project: Path) -> "subprocess.CompletedProcess[str]":
    """``compose.yaml`` with what ``.env`` beside it says filled in; its exit status and stderr say what is wrong."""
    command = [str(PROGRAM.find() or PROGRAM.build()), "compose.yaml"]
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
