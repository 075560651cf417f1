"""Prepare the virtual environment, then run a command in it.

Runs before anything is installed, so it uses the standard library only and keeps to syntax that
an old Python can read: it must be able to say that it is too old.

    python3 tools/setup_env.py [--dev] [--compile] -- ARGUMENTS   # ends as: .venv/bin/python ARGUMENTS

--dev adds what the checks need. --compile compiles all packages now, for a program that may not write there later.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time

import locked_packages

ROOT = locked_packages.ROOT
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
OLDEST = (3, 11)
NEWEST = (3, 14)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.14", "python3")
IS_SUITABLE = "import sys; sys.exit(not %r <= sys.version_info[:2] <= %r)" % (OLDEST, NEWEST)
SETUP = "CALLCENTER_SETUP"
"""Tells the command that packages were installed just now: when this began (seconds since 1970), how long it took."""


def say(text):
    print("==> " + text, flush=True)


def fail(text):
    """End with the last line of ``text`` as the error, and what stands before it as its explanation."""
    before, _, sentence = text.rpartition("\n")
    sys.stderr.write(before + "\n" * bool(before) + "error: " + sentence + "\n")
    sys.exit(1)


def why_not_this_machine(system, bits):
    """A sentence about a machine that no lock file has packages for, else nothing."""
    if system == "Windows":
        return "this does not run on Windows itself. Install WSL (wsl --install), then run this again in its terminal."
    if bits < 64:
        return "this needs a 64-bit Python, and this one has %d bits. Install one and run this again." % bits
    return ""


def use_suitable_python():
    """Continue under a Python that the locked packages are made for, whichever name it goes by here."""
    here = sys.version_info[:2]
    if OLDEST <= here <= NEWEST:
        return
    for name in CANDIDATES:
        path = shutil.which(name)
        if path and runs(path, IS_SUITABLE):
            os.execv(path, [path, os.path.abspath(__file__)] + sys.argv[1:])
    fail(
        "this needs Python %d.%d to %d.%d, and only %d.%d was found. Install one of them and run this again."
        % (OLDEST + NEWEST + tuple(here))
    )


def runs(python, code):
    return subprocess.call([python, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def create_venv(anew=False):
    """Make .venv unless a working one is there."""
    if not anew and os.path.exists(PYTHON) and runs(PYTHON, "import pip; " + IS_SUITABLE):
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


def install(dev, compiled):
    """Install the locked packages; returns False when they have not changed since the last time."""
    wanted = "requirements-dev.lock" if dev else "requirements.lock"
    stamp = os.path.join(VENV, wanted + ".sha256")
    state = fingerprint([wanted])
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == state:
                return False
    say("Installing the Python packages of %s (some seconds, a minute on a slow network)" % wanted)
    try:
        try:
            locked_packages.install(PYTHON, wanted, compiled)
        except locked_packages.MisfitError:
            # Something is left of what was locked before.
            create_venv(anew=True)
            locked_packages.install(PYTHON, wanted, compiled)
    except locked_packages.InstallError as error:
        fail(str(error))
    with open(stamp, "w") as file:
        file.write(state)
    return True


def main():
    started = time.time()
    arguments = sys.argv[1:]
    options, command = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        options, command = arguments[:at], arguments[at + 1 :]
    refused = why_not_this_machine(platform.system(), 64 if sys.maxsize > 2**32 else 32)
    if refused:
        fail(refused)
    use_suitable_python()
    os.chdir(ROOT)
    create_venv()
    if install("--dev" in options, "--compile" in options):
        seconds = time.time() - started
        say("The Python packages are installed (%.0f s)" % seconds)
        os.environ[SETUP] = "%.1f %.1f" % (started, seconds)
    if command:
        os.execv(PYTHON, [PYTHON] + command)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
