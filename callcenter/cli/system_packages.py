"""What the system's package manager has to bring, where whoever runs this may ask it to."""

import os
import shutil
import subprocess
from collections.abc import Sequence


def may_install() -> bool:
    """Whether apt can be used without asking anybody for a password."""
    if not shutil.which("apt-get"):
        return False
    if os.geteuid() == 0:
        return True
    return bool(shutil.which("sudo")) and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0


def install(packages: Sequence[str], why: str) -> bool:
    """Install Debian packages. False when that is not allowed or does not work; then nothing was changed."""
    if not may_install():
        return False
    print(f"==> Installing {' '.join(packages)} {why}", flush=True)
    command = [
        *([] if os.geteuid() == 0 else ["sudo", "-n"]),
        *("sh", "-c", 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"', "sh"),
        *packages,
    ]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, stdout=subprocess.DEVNULL, env=env).returncode == 0


def how_to_install(packages: Sequence[str]) -> str:
    """The words for a person who has to do it."""
    return f"sudo apt install {' '.join(packages)}"
