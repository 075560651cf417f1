"""Start everything on this machine and stop it together."""

import os
import sys
import time
import urllib.error
import urllib.request
from contextlib import nullcontext
from typing import Annotated

import typer

from callcenter.cli import connection_limit, first_start, free_ports, livekit_server, serve
from callcenter.cli.environment import DEV_DIR, ROOT, load_environment, was_filled_in, write_private
from callcenter.cli.migrate import is_in_use, upgrade
from callcenter.cli.phones import Phones, refuse_foreign_livekit
from callcenter.cli.processes import Runner
from callcenter.core.ports.media_server import WEBHOOK_PATH
from callcenter.settings import Settings, environment_value, get_settings

READY_SECONDS = 60


def up(
    phones: Annotated[bool, typer.Option("--phones", help="With Redis and livekit-sip: real telephones.")] = False,
) -> None:
    """Start the media server and the desk on one port; Ctrl-C stops both.

    Settings come from the environment, then from .env, then from .dev/ (made here for a development
    machine). PORT chooses the desk's port; LIVEKIT_PORT the media server's, which also uses the two
    ports after it unless LIVEKIT_TCP_PORT and LIVEKIT_UDP_PORT say otherwise. When LIVEKIT_URL is set,
    that LiveKit is used and none is started.

    With --phones, Redis and livekit-sip run too, and lines are made as telephony.toml (else .dev/telephony.toml, made
    here) declares them. SIP_PORT, SIP_RTP_PORT and REDIS_PORT choose their ports. All three servers are started again
    when one ends by itself.
    """
    os.chdir(ROOT)
    load_environment(create=True)
    own_livekit = was_filled_in("LIVEKIT_URL")
    telephones = Phones.from_environment() if phones else None
    if telephones:
        if not own_livekit:
            refuse_foreign_livekit()
        telephones.prepare_environment()
    ports = livekit_server.Ports.from_environment()
    settings = get_settings().model_copy(update={"workers": 1})
    host = environment_value("BIND_ADDRESS") or "127.0.0.1"
    _check_ports(settings, host, ports if own_livekit else None)

    if telephones:
        telephones.check_ports()
        telephones.check_lines(settings)

    with first_start.prepared(own_livekit=own_livekit, phones=phones) as start:
        _prepare_database(settings)
    runner = Runner()
    if telephones:
        telephones.add_to(runner, settings)
    if own_livekit:
        redis_address = telephones.redis_address if telephones else ""
        runner.add("livekit", _livekit_command(settings, ports, redis_address), restarts=phones)
    connection_limit.allow_files(settings)
    runner.add("desk", serve.command(settings, host), serve.environment(settings))
    runner.after_start(lambda: _announce(settings, runner, telephones, start))
    started = [*["Redis", "livekit-sip"] * phones, *["the media server"] * own_livekit, "the desk"]
    print("==> Starting", " and ".join(started), flush=True)
    with telephones.known_to_others(settings) if telephones else nullcontext():
        status = runner.run()
    sys.exit(status)


def _check_ports(settings: Settings, host: str, livekit: livekit_server.Ports | None) -> None:
    free_ports.check_tcp(host, settings.port, "the desk", "PORT")
    if livekit:
        free_ports.check_tcp("127.0.0.1", livekit.http, "the media server", "LIVEKIT_PORT")
        free_ports.check_tcp("0.0.0.0", livekit.tcp, "the media server", "LIVEKIT_TCP_PORT")
        free_ports.check_udp("127.0.0.1", livekit.udp, "the media server", "LIVEKIT_UDP_PORT")


def _livekit_command(settings: Settings, ports: livekit_server.Ports, redis_address: str) -> list[str]:
    program = livekit_server.find_or_build()
    config = DEV_DIR / f"livekit-{ports.http}.yaml"
    webhook = f"http://127.0.0.1:{settings.port}{WEBHOOK_PATH}"
    pair, signing = (settings.livekit_api_key, settings.livekit_api_secret), settings.livekit_keys[0]
    text = livekit_server.config_text(pair, webhook, ports, redis_address, signing=signing)
    write_private(config, text)
    return [str(program), "--config", str(config)]


def _prepare_database(settings: Settings) -> None:
    print("==> Checking the database", flush=True)
    if is_in_use(settings):
        return
    from callcenter.accounts.cli import seed_demo_accounts

    upgrade(settings)
    if settings.debug and seed_demo_accounts():
        print("    the demo accounts are new", flush=True)


def _announce(settings: Settings, runner: Runner, telephones: Phones | None, start: first_start.FirstStart) -> None:
    """Make the lines and say where the desk is, as soon as all answer."""
    from callcenter.cli.doctor.socket_checks import http_address

    own = f"http://127.0.0.1:{settings.port}/healthz"
    waited_for = {own: "the desk", http_address(settings.livekit_url): "the media server"}
    if telephones:
        waited_for[telephones.health_url] = "livekit-sip"
    started = time.monotonic()
    for address, name in waited_for.items():
        while not _answers(address):
            if runner.stopping.wait(0.1):
                return
            if time.monotonic() - started > READY_SECONDS:
                runner.stop(f"{name} does not answer at {address}; its last words are above")
                return
    if telephones and not _lines_made(settings, runner, telephones):
        return
    print(*start.told(), _welcome(settings, telephones), sep="\n", flush=True)


def _lines_made(settings: Settings, runner: Runner, telephones: Phones) -> bool:
    from callcenter.platform.errors import Refusal
    from callcenter.platform.words.refusals import said

    try:
        telephones.make_lines(settings)
    except Refusal as refusal:
        runner.stop(f"the telephone lines cannot be made. {said(refusal)}".rstrip("."))
        return False
    return True


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _welcome(settings: Settings, telephones: Phones | None) -> str:
    address = settings.public_url or f"http://localhost:{settings.port}"
    lines = ["", f"  The desk is ready:  {address}"]
    if settings.debug:
        from callcenter.accounts.cli import DEMO_ACCOUNTS, DEMO_PASSWORD

        names = ", ".join(f"{name} ({role})" for name, _, role in DEMO_ACCOUNTS)
        lines += [f"  Demo accounts:      {names}", f"  Their password:     {DEMO_PASSWORD}"]
        lines += ["  Call in:            make call   (in another terminal)"]
    lines += telephones.welcome(settings) if telephones else []
    return "\n".join([*lines, "  Stop:               Ctrl-C", ""])
