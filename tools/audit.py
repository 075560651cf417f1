"""Ask whether anything the product is made of has a known vulnerability: what `make audit` runs.

Needs the network: a list of vulnerabilities is asked for what the lock files name. Exit status 1: something was found;
2: somebody did not answer, so that nothing is known.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GO_PROGRAMS = ("tools/livekit", "tools/sip", "tools/compose")
SILENCE = (
    "not be audited", "audit endpoint returned an error", "ConnectionError", "Max retries", "HTTPError", "Not Found",
    "getaddrinfo", "ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "no such host", "connection refused", "i/o timeout",
)  # fmt: skip
"""What the programs say when they could not ask."""
CLEAN, FOUND, UNKNOWN = 0, 1, 2


def main() -> None:
    """Everything is asked about, whatever the first answer is."""
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    results = [python(), npm(), *(go(name) for name in GO_PROGRAMS)]
    if FOUND in results:
        sys.exit(
            "error: known vulnerabilities were found, see above; docs/security/policy.md says by when they are mended"
        )
    if UNKNOWN in results:
        print(
            "error: not everything could be asked about, so nothing is known about it. Run this where the package"
            " registries' lists of vulnerabilities can be reached (pypi.org, registry.npmjs.org, vuln.go.dev);"
            " a mirror of packages often has no such list.",
            file=sys.stderr,
        )
        sys.exit(UNKNOWN)
    print("==> No known vulnerability", flush=True)


def python() -> int:
    """All packages of the widest lock file."""
    options = ("--strict", "--disable-pip", "--require-hashes", "-r", "requirements-dev.lock")
    return ask("Python packages", (sys.executable, "-m", "pip_audit", *options), ROOT)


def npm() -> int:
    """What the page is built from. In a copy, since npm writes beside the lock file."""
    with tempfile.TemporaryDirectory() as copy:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / "reflex.lock" / name, copy)
        return ask("npm packages", ("npm", "audit", "--package-lock-only"), Path(copy))


def go(module: str) -> int:
    """A program built from source; govulncheck looks at what it really calls."""
    if not shutil.which("govulncheck"):
        print(f"==> {module}: govulncheck is missing (go install golang.org/x/vuln/cmd/govulncheck@latest)", flush=True)
        return UNKNOWN
    return ask(module, ("govulncheck", "-scan=module"), ROOT / module)


def ask(what: str, command: Sequence[str], where: Path) -> int:
    """Run one program; tell an answer from none."""
    print(f"==> {what}", flush=True)
    try:
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        print(f"{command[0]} is missing", flush=True)
        return UNKNOWN
    print(done.stdout + done.stderr, flush=True)
    if done.returncode == 0:
        return CLEAN
    return UNKNOWN if any(words in done.stdout + done.stderr for words in SILENCE) else FOUND


if __name__ == "__main__":
    main()
