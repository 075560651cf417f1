"""Prepare the virtual environment, then run a command in it.

Runs before anything is installed, so it uses the standard library only and keeps to syntax that
an old Python can read: it must be able to say that it is too old.

    python3 tools/setup_env.py [--dev] -- ARGUMENTS   # ends as: .venv/bin/python ARGUMENTS
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python")
OLDEST = (3, 11)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.14", "python3")
NETWORK_WORDS = (
    "name resolution",
    "Name or service not known",
    "nodename nor servname",
    "NewConnectionError",
    "ConnectTimeoutError",
    "Network is unreachable",
    "Connection refused",
    "ProxyError",
    "Read timed out",
    "no index could be reached",
)


def say(text):
    print("==> " + text, flush=True)


def fail(text):
    sys.stderr.write("error: " + text + "\n")
    sys.exit(1)


def use_new_enough_python():
    """Continue under Python 3.11 or newer, whichever name it goes by here."""
    if sys.version_info >= OLDEST:
        return
    question = "import sys; sys.exit(sys.version_info < %r)" % (OLDEST,)
    for name in CANDIDATES:
        path = shutil.which(name)
        if path and subprocess.call([path, "-c", question], stderr=subprocess.DEVNULL) == 0:
            os.execv(path, [path, os.path.abspath(__file__)] + sys.argv[1:])
    fail(
        "this needs Python %d.%d or newer, and only %d.%d was found. Install a newer Python and run this again."
        % (OLDEST + tuple(sys.version_info[:2]))
    )


def create_venv():
    """Make .venv unless a working one is there."""
    works = os.path.exists(PYTHON) and subprocess.call(
        [PYTHON, "-c", "import sys, pip; sys.exit(sys.version_info < %r)" % (OLDEST,)], stderr=subprocess.DEVNULL
    )
    if works == 0 and os.path.exists(PYTHON):
        return
    say("Creating the virtual environment .venv with Python %d.%d" % tuple(sys.version_info[:2]))
    result = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode:
        fail(
            "the virtual environment could not be created (on Debian and Ubuntu: apt install python3-venv). "
            "Python says: " + last_line(result.stdout.decode(errors="replace"))
        )


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"


def fingerprint(names):
    digest = hashlib.sha256()
    for name in names:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(name.encode() + b"\0" + file.read() + b"\0")
    return digest.hexdigest()


def install(dev):
    """Install the locked packages, each checked against its hash; skipped when nothing has changed."""
    wanted = "requirements-dev.lock" if dev else "requirements.lock"
    stamp = os.path.join(VENV, wanted + ".sha256")
    state = fingerprint([wanted])
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == state:
                return
    say("Installing the Python packages of %s (a minute or two the first time)" % wanted)
    result = subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", wanted],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    output = result.stdout.decode(errors="replace")
    if result.returncode:
        explain_failed_install(output)
    with open(stamp, "w") as file:
        file.write(state)


def explain_failed_install(output):
    if any(word.lower() in output.lower() for word in NETWORK_WORDS):
        fail("the Python package index cannot be reached. Check the network connection, then run this again.")
    sys.stderr.write(output)
    fail("the Python packages could not be installed; pip's own words are above.")


def main():
    arguments = sys.argv[1:]
    dev = "--dev" in arguments
    command = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    use_new_enough_python()
    os.chdir(ROOT)
    create_venv()
    install(dev)
    if command:
        os.execv(PYTHON, [PYTHON] + command)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
