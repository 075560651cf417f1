"""Install exactly what a lock file names into a virtual environment, each file checked against its hash.

uv does it, itself pinned by hash in requirements-bootstrap.lock; where uv has no program for the machine, pip does.
Neither looks beyond the lock file (a lock file is complete), so that what is released later changes nothing, and
neither builds from source. Like setup_env.py this runs before anything is installed: standard library only, and a
syntax that an old Python can read.

    python tools/locked_packages.py [--compile] FILE.lock   # into the environment of that python
"""

import ast
import os
import platform
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BOOTSTRAP = os.path.join(ROOT, "requirements-bootstrap.lock")
PIP_INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
UV_INSTALL = ("-m", "uv", "pip", "install", "--quiet", "--no-progress")
EXACTLY = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
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
    "dns error",
    "error sending request",
    "operation timed out",
    "request timed out",
    "tunnel error",
    "network connectivity is disabled",
)
CERTIFICATE_WORDS = ("certificate verify failed", "invalid peer certificate")
NO_WHEEL_WORDS = ("has no usable wheels", "has no wheels with a matching", "No matching distribution found")
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
"""pip's settings of where packages come from, and uv's names for them."""


class InstallError(Exception):
    """The packages could not be installed; says why and what to do."""


class MisfitError(InstallError):
    """The packages were installed and do not fit together with each other or with what was there before."""


def install(python, lock, compiled=False):
    """Install ``lock`` into the environment of ``python``, one after the other. Raises InstallError."""
    import fcntl  # Windows has none, and is told so before it comes here.

    with open(os.path.join(os.path.dirname(os.path.dirname(python)), ".installing"), "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _install(python, lock, compiled)


def _install(python, lock, compiled):
    uv = _has_uv(python)
    result = _install_with_uv(python, lock, compiled) if uv else _install_with_pip(python, lock)
    if uv and result.returncode and not _is_final(result.stdout):
        # Such as a cache it may not write to: pip has another.
        result = _install_with_pip(python, lock)
    if result.returncode:
        raise InstallError(_why(result.stdout))
    _check([python, "-m", "uv", "pip", "check", "--python", python] if uv else [python, "-m", "pip", "check"])


def _install_with_uv(python, lock, compiled):
    extra = ("--compile-bytecode",) if compiled else ()
    command = [python, *UV_INSTALL, *extra, "--python", python, *EXACTLY, "-r", lock]
    return _run(command, _uv_environment(python))


def _install_with_pip(python, lock):
    return _run([python, *PIP_INSTALL, *EXACTLY, "-r", lock])


def _has_uv(python):
    """Install the pinned uv; False where the machine has no program of it. Raises InstallError."""
    result = _install_with_pip(python, BOOTSTRAP)
    if result.returncode == 0:
        return _run([python, "-m", "uv", "--version"]).returncode == 0
    if _is_about_the_network(result.stdout) or not any(words in result.stdout for words in NO_WHEEL_WORDS):
        raise InstallError(_why(result.stdout))
    return False


def _uv_environment(python):
    """uv is told what pip knows from its files and variables, unless it has settings of its own."""
    environment = {"UV_SYSTEM_CERTS": "true", "UV_PYTHON_DOWNLOADS": "never"}
    # The hashes decide which file is taken, so any index may bring it.
    environment["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    for name, value in _pip_settings(python).items():
        if name in UV_NAMES:
            environment[UV_NAMES[name]] = value
    environment.update(os.environ)
    return environment


def _pip_settings(python):
    """As pip lists them: the environment wins over the section ``install``, and that over ``global``."""
    listed = _run([python, "-m", "pip", "config", "list"]).stdout
    found = {}
    for section in ("global", "install", ":env:"):
        for name, value in re.findall("^" + section + r"\.([\w-]+)=(.*)$", listed, re.MULTILINE):
            words = str(ast.literal_eval(value)).split()
            if name == "find-links":
                # uv stops at a folder that is not there, pip does not.
                words = [word for word in words if "://" in word or os.path.isdir(word)]
            if words:
                found[name] = ("," if name == "find-links" else " ").join(words)
    return found


def _check(command):
    """Raises MisfitError when the packages of the environment do not fit together."""
    result = _run(command)
    if result.returncode:
        raise MisfitError(
            result.stdout.strip()
            + "\nthe Python packages in .venv do not fit together. Delete the folder .venv and run this again."
        )


def _is_final(output):
    """Nothing else would install it either."""
    return _is_about_the_network(output) or any(words in output for words in (*NO_WHEEL_WORDS, *CERTIFICATE_WORDS))


def _is_about_the_network(output):
    return any(words.lower() in output.lower() for words in NETWORK_WORDS)


def _why(output):
    """One sentence for the person at the terminal; the installer's own words before it where they help."""
    if any(words in output for words in CERTIFICATE_WORDS):
        return (
            "this machine does not trust the certificate of the Python package index. Behind a proxy that has its own, "
            "set PIP_CERT to the file of that certificate, then run this again."
        )
    if _is_about_the_network(output):
        return "the Python package index cannot be reached. Check the network connection, then run this again."
    if any(words in output for words in NO_WHEEL_WORDS):
        return (
            "%s\nnot every package is made for this machine (Python %d.%d on %s %s). They all are for Python 3.11 to "
            "3.14 on macOS and on Linux with glibc, x86-64 or ARM64."
            % ((output.strip(),) + tuple(sys.version_info[:2]) + (platform.system(), platform.machine()))
        )
    return output.strip() + "\nthe Python packages could not be installed; the installer's own words are above."


def _run(command, environment=None):
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        errors="replace",
        check=False,
    )


def main():
    """Install the lock file that is named; what is wrong is the last line on stderr, with exit status 1."""
    try:
        install(sys.executable, os.path.abspath(sys.argv[-1]), compiled="--compile" in sys.argv)
    except InstallError as error:
        before, _, sentence = str(error).rpartition("\n")
        sys.stderr.write(before + "\n" * bool(before) + "error: " + sentence + "\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
