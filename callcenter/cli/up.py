"""Start everything on this machine and stop it together."""

import os
import sys
import time
import urllib.error
import urllib.request

from callcenter.cli import free_ports, livekit_server, serve
from callcenter.cli.development import DEV_DIR, ROOT, load_environment, was_filled_in, write_private
from callcenter.cli.processes import Runner
from callcenter.settings import Settings, get_settings

WEBHOOK_PATH = "/api/calls/inbound"
READY_SECONDS = 60


def up() -> None:
    """Start the media server and the desk on one port; Ctrl-C stops both.

    Settings come from the environment, then from .env, then from .dev/ (made here for a development
    machine). PORT chooses the desk's port; LIVEKIT_PORT the media server's, which also uses the two
    ports after it unless LIVEKIT_TCP_PORT and LIVEKIT_UDP_PORT say otherwise. When LIVEKIT_URL is set,
    that LiveKit is used and none is started.
    """
    os.chdir(ROOT)
    load_environment(create=True)
    own_livekit = was_filled_in("LIVEKIT_URL")
    ports = livekit_server.Ports.from_environment()
    settings = get_settings()
    host = os.environ.get("BIND_ADDRESS", "127.0.0.1")
    _check_ports(settings, host, ports if own_livekit else None)

    runner = Runner()
    if own_livekit:
        runner.add("livekit", _livekit_command(settings, ports))
    _prepare_database(settings)
    _prepare_page()
    runner.add("desk", serve.command(settings, host), serve.environment())
    runner.after_start(lambda: _announce(settings, runner))
    print("==> Starting", " and ".join(["the media server"] * own_livekit + ["the desk"]), flush=True)
    sys.exit(runner.run())


def _check_ports(settings: Settings, host: str, livekit: livekit_server.Ports | None) -> None:
    free_ports.check_tcp(host, settings.port, "the desk", "PORT")
    if livekit:
        free_ports.check_tcp("127.0.0.1", livekit.http, "the media server", "LIVEKIT_PORT")
        free_ports.check_tcp("0.0.0.0", livekit.tcp, "the media server", "LIVEKIT_TCP_PORT")
        free_ports.check_udp("127.0.0.1", livekit.udp, "the media server", "LIVEKIT_UDP_PORT")


def _livekit_command(settings: Settings, ports: livekit_server.Ports) -> list[str]:
    program = livekit_server.find_or_build()
    config = DEV_DIR / f"livekit-{ports.http}.yaml"
    webhook = f"http://127.0.0.1:{settings.port}{WEBHOOK_PATH}"
    write_private(
        config,
        livekit_server.config_text(settings.livekit_api_key, settings.livekit_api_secret, webhook, ports),
    )
    return [str(program), "--config", str(config)]


def _prepare_database(settings: Settings) -> None:
    from callcenter.cli.accounts import seed_demo_accounts
    from callcenter.cli.migrate import upgrade

    print("==> Checking the database", flush=True)
    upgrade(settings)
    if settings.debug and seed_demo_accounts():
        print("    the demo accounts are new", flush=True)


def _prepare_page() -> None:
    from callcenter.cli.web_build import build_if_changed

    build_if_changed()


def _announce(settings: Settings, runner: Runner) -> None:
    """Say where the desk is, as soon as it answers."""
    own = f"http://127.0.0.1:{settings.port}/healthz"
    waited_for = {own: "the desk", settings.livekit_url: "the media server"}
    started = time.monotonic()
    for address, name in waited_for.items():
        while not _answers(address):
            if runner.stopping.wait(0.1):
                return
            if time.monotonic() - started > READY_SECONDS:
                runner.stop(f"{name} does not answer at {address}; its last words are above")
                return
    print(_welcome(settings), flush=True)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _welcome(settings: Settings) -> str:
    address = settings.public_url or f"http://localhost:{settings.port}"
    lines = ["", f"  The desk is ready:  {address}"]
    if settings.debug:
        from callcenter.cli.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD

        names = ", ".join(f"{name} ({role})" for name, _, role in DEMO_ACCOUNTS)
        lines += [f"  Demo accounts:      {names}", f"  Their password:     {DEMO_PASSWORD}"]
        lines += ["  Call in:            make call   (in another terminal)"]
    return "\n".join([*lines, "  Stop:               Ctrl-C", ""])
