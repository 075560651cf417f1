"""The settings of a development machine: made once, kept in ``.dev/``, never in ``.env``.

The environment wins over ``.env``, and ``.env`` over ``.dev/``. Whoever sets ``DEBUG=false``
gets none of this.
"""

import os
import secrets
from pathlib import Path

from callcenter.platform.errors import Problem
from callcenter.settings.environment import kept_in, meant

ROOT = Path(__file__).resolve().parents[2]
DEV_DIR = ROOT / ".dev"
ENV_FILE = DEV_DIR / "env"
PHONES_FILE = DEV_DIR / "phones.env"
"""The settings of the telephones that run beside the desk, for as long as they do."""
DOTENV = ROOT / ".env"
OWN_LIVEKIT = {"LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_WEBHOOK_KEY", "LIVEKIT_WEBHOOK_SECRET"}
OFF = {"false", "0", "no", "off", "f", "n"}


def load_environment(create: bool = False) -> None:
    """Fill in what neither the environment nor ``.env`` sets; with ``create``, make what is missing first."""
    given = {**_values(DOTENV), **os.environ}
    if "LIVEKIT_URL" not in given:
        _fill("LIVEKIT_URL", f"http://127.0.0.1:{meant(given.get('LIVEKIT_PORT', '')) or 7880}")
    if meant(given.get("DEBUG", "true")).lower() in OFF:
        return
    if create:
        _keep_secrets()
    for key, value in _values(ENV_FILE).items():
        # A LiveKit that is not started here, or with another key, signs with what its own configuration says.
        foreign = key.startswith("LIVEKIT_WEBHOOK_") and given.keys() & OWN_LIVEKIT
        if key not in given and not foreign:
            _fill(key, value)


def load_running_phones() -> None:
    """Fill in where the telephones of `make phones` are, if they run now: for commands given in another terminal."""
    values = _values(PHONES_FILE)
    if not _runs(values.pop("PID", "")):
        return
    given = {**_values(DOTENV), **os.environ}
    for key, value in values.items():
        if not given.get(key):
            _fill(key, value)


def _runs(pid: str) -> bool:
    """Whether there is such a process; a file may have been left behind by one that was killed."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True


def was_filled_in(name: str) -> bool:
    """Whether nobody set this one: its value comes from here."""
    return name in _filled


_filled: set[str] = set()


def _fill(name: str, value: str) -> None:
    os.environ[name] = value
    _filled.add(name)


def _values(path: Path) -> dict[str, str]:
    try:
        return kept_in(path)
    except UnicodeDecodeError:
        raise Problem(f"{path} is no UTF-8 text. Save it as UTF-8.") from None


def _keep_secrets() -> None:
    """Write the development secrets that do not exist yet, readable by their owner only."""
    DEV_DIR.mkdir(mode=0o700, exist_ok=True)
    kept = _values(ENV_FILE)
    wanted = {
        "DEBUG": "true",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LIVEKIT_API_KEY": "callcenter-dev",
        "LIVEKIT_API_SECRET": secrets.token_urlsafe(48),
        "LIVEKIT_WEBHOOK_KEY": "callcenter-dev-webhook",
        "LIVEKIT_WEBHOOK_SECRET": secrets.token_urlsafe(48),
    }
    if wanted.keys() <= kept.keys():
        return
    lines = ["# Made by `make run` for this machine; delete the file to get new secrets."]
    lines += [f"{key}={value}" for key, value in (wanted | kept).items()]
    write_private(ENV_FILE, "\n".join(lines) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner may read it."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)
