"""Write the lock files: every package with all it brings along, for every platform, with the hashes of its files.

python tools/lock.py [--upgrade]     # what is locked stays, unless --upgrade or the requirements say otherwise
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHOLE = "requirements-dev"
PARTS = ("requirements-tracing", "requirements")
APART = ("requirements-bootstrap", "requirements-go")
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make lock",
    "--quiet",
)


def main() -> None:
    """The widest set first; the others take their versions from it."""
    compile_one(WHOLE, *sys.argv[1:])
    for part in (*PARTS, *APART):
        compile_one(part, f"--constraints={WHOLE}.lock", *sys.argv[1:])


def compile_one(name: str, *options: str) -> None:
    """From ``name``.txt to ``name``.lock; ends with uv's words when that is not possible."""
    command = [sys.executable, "-m", "uv", "pip", "compile", f"{name}.txt", f"--output-file={name}.lock"]
    environment = {**os.environ, "UV_SYSTEM_CERTS": "true"}
    status = subprocess.run([*command, *OPTIONS, *options], cwd=ROOT, env=environment, check=False).returncode
    if status:
        sys.exit(status)


if __name__ == "__main__":
    main()
