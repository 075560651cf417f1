"""Values are read as people and tools write them, or refused by name; a password is never repeated."""

import io
import logging
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from callcenter.bootstrap import set_services
from callcenter.cli import environment as cli_environment
from callcenter.cli import free_ports, main
from callcenter.cli.environment import load_environment
from callcenter.platform.database.engine import async_url
from callcenter.platform.errors import Problem
from callcenter.settings import (
    LogSettings,
    Settings,
    SettingsError,
    environment_value,
    get_log_settings,
    get_settings,
    service_urls,
)
from callcenter.settings.environment import meant
from callcenter.telephony.plan_file import PlanError, load_plan

STRONG = "0123456789abcdef0123456789abcdef"
COMPLETE = {
    "SECRET_KEY": STRONG,
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": STRONG,
    "PUBLIC_URL": "https://desk.example.com/",
    "METRICS_TOKEN": STRONG,
    "REDIS_URL": "redis://127.0.0.1:6379",
    "RING_SECONDS": "7.5",
    "WORKERS": "2",
    "PHONE_REGION": "AT",
    "LOG_LEVEL": "error",
    "DIAL_PREMIUM": "allow",
}
AROUND = {
    "a newline at the end": "{}\n",
    "a Windows line end": "{}\r\n",
    "space around": "  {}\t",
    "double quotes, as Docker keeps them": '"{}"',
    "single quotes": "'{}'",
    "quotes and a newline": '"{}"\n',
    "a byte order mark": "\ufeff{}",
    "a space that cannot be broken": "\u00a0{}\u00a0",
}


@pytest.fixture(autouse=True)
def _read_anew() -> Any:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """The settings that come of these variables, beside a complete environment."""

    def read(**changes: str) -> Settings:
        for name, value in (COMPLETE | changes).items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return get_settings()

    return read


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of settings that this program reads, as it reads .env."""
    file = tmp_path / ".env"
    for settings in (Settings, LogSettings):
        monkeypatch.setitem(settings.model_config, "env_file", str(file))
    return file


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_what_came_along_with_a_value_is_left_out(environment: Callable[..., Settings], around: str) -> None:
    plain = environment()
    assert environment(**{name: around.format(value) for name, value in COMPLETE.items()}) == plain


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "PUBLIC_URL"])
@pytest.mark.parametrize("control", ["\n", "\r", "\x1b"])
def test_a_line_break_within_a_value_is_named_and_the_value_is_not(
    environment: Callable[..., Settings], name: str, control: str
) -> None:
    with pytest.raises(SettingsError, match=f"{name}: there is a line break") as refused:
        environment(**{name: f"confidential{control}{STRONG}"})
    assert "confidential" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ('say "friend" and enter', 'say "friend" and enter'),
        ('"quoted" at the start', '"quoted" at the start'),
        ("it's", "it's"),
        ("'\"kept\"'", '"kept"'),
        ('"', '"'),
        ("\"one'", "\"one'"),
        ('""', ""),
        ("", ""),
        ("pass word", "pass word"),
    ],
)
def test_quotes_that_belong_to_a_value_stay(value: str, read: str) -> None:
    assert meant(value) == read


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("LOG_LEVEL", "INFO", "info"),
        ("LOG_LEVEL", "Warning", "warning"),
        ("LOG_FORMAT", "JSON", "json"),
        ("TELEPHONY", "LiveKit", "livekit"),
        ("DIAL_EMERGENCY", "REFUSE", "refuse"),
        ("TELEPHONE_KEYS", "Allow", "allow"),
        ("PHONE_REGION", "de", "DE"),
        ("DEBUG", "TRUE", True),
        ("DEBUG", "Yes", True),
        ("DEBUG", "on", True),
        ("DEBUG", '"1"', True),
        ("DEBUG", "Off", False),
        ("DEBUG", "", False),
        ("PORT", "", 3000),
        ("WRAP_UP_SECONDS", " ", 30),
        ("DIAL_PREMIUM", "", "refuse"),
        ("TELEPHONY_FILE", "", ""),
        ("LIVEKIT_OLD_KEYS", f"old : {STRONG} , older:{STRONG}", f"old : {STRONG} , older:{STRONG}"),
    ],
)
def test_a_word_or_number_is_read_however_it_is_written(
    environment: Callable[..., Settings], name: str, value: str, read: Any
) -> None:
    settings = environment(**{name: value})
    assert getattr(settings, name.lower()) == read
    assert settings.livekit_keys[1:] in ([], [("old", STRONG), ("older", STRONG)])


@pytest.mark.parametrize("name", ["LOG_LEVEL", "TELEPHONY", "DIAL_EMERGENCY", "DEBUG", "PORT"])
def test_what_is_no_such_word_is_named(environment: Callable[..., Settings], name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        environment(**{name: "loud"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("LIVEKIT_URL", one) for one in ("http://[::1", "localhost:7880", "wss://x:99999", "ftp://x", "https://")),
        ("LIVEKIT_URL", ""),
        ("LIVEKIT_WS_URL", "wss://[::1"),
        ("LIVEKIT_WS_URL", "media.example.com"),
        *(("RING_SECONDS", one) for one in ("nan", "inf")),
        *(("PORT", one) for one in ("0", "-1", "99999")),
        *((name, "999999") for name in ("AUDIT_DAYS", "CALL_DAYS")),
        *(("DESK_SESSION_HOURS", one) for one in ("-3", "0", "99999999999")),
        *(("DATABASE_URL", f"sqlite://{one}") for one in ("", "/", "/:memory:", "/a.db?timeout=abc")),
    ],
)
def test_what_would_fail_later_is_refused_at_the_start(
    environment: Callable[..., Settings], name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        environment(**{name: value})


@pytest.mark.parametrize("url", ["wss://livekit.example.com", "http://[::1]:7880", "https://x.livekit.cloud/"])
def test_livekit_may_be_named_as_its_dashboard_does(environment: Callable[..., Settings], url: str) -> None:
    assert environment(LIVEKIT_URL=url).livekit_url == url


class TestTheFileOfSettings:
    TEXT = f'LIVEKIT_API_SECRET={STRONG}\r\nSIP_INBOUND_PASSWORD="geheim"\r\nLOG_LEVEL="INFO"\r\nDEBUG=true\r\n'

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_may_begin_with_a_byte_order_mark(self, dotenv: Path, encoding: str) -> None:
        dotenv.write_text(self.TEXT, encoding=encoding)
        settings = get_settings()
        assert (settings.livekit_api_secret, settings.log_level, settings.debug) == (STRONG, "info", True)
        assert get_log_settings().log_level == "info"
        assert environment_value("SIP_INBOUND_PASSWORD") == "geheim"

    def test_in_another_encoding_is_named(self, dotenv: Path) -> None:
        dotenv.write_text(self.TEXT, encoding="utf-16")
        with pytest.raises(SettingsError, match="UTF-8"):
            get_settings()
        assert get_log_settings().log_level == ""

    def test_of_a_development_machine_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cli_environment, "DOTENV", tmp_path / ".env")
        monkeypatch.setattr(cli_environment, "ENV_FILE", tmp_path / "none")
        monkeypatch.setenv("LIVEKIT_URL", "")
        monkeypatch.delenv("LIVEKIT_URL")
        (tmp_path / ".env").write_text("LIVEKIT_PORT='7890'\r\n", encoding="utf-8-sig")
        load_environment()
        assert Settings(debug=True).livekit_url == "http://127.0.0.1:7890"
        (tmp_path / ".env").write_text("LIVEKIT_PORT=7890\r\n", encoding="utf-16")
        with pytest.raises(Problem, match="UTF-8"):
            load_environment()

    def test_a_port_in_quotes_is_a_port(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SIP_PORT", ' "5070" ')
        assert free_ports.from_environment("SIP_PORT", 5060) == 5070


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_of_telephones_is_read_however_an_editor_saved_it(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "telephony.toml"
    file.write_bytes('[[numbers]]\r\nnumber = "+4930901820"\r\nlabel = "Störche"\r\n'.encode(encoding))
    assert load_plan(file).numbers[0].label == "Störche"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_of_telephones_in_another_encoding_is_named(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "telephony.toml"
    file.write_bytes('label = "Störche"'.encode(encoding))
    with pytest.raises(PlanError, match="UTF-8"):
        load_plan(file)


PIECES = ("confidential", "Geheim", "conf idential")
GOOD = {
    "postgres://desk:confidential@db.example.com/desk": "postgresql://desk:confidential@db.example.com/desk",
    "postgresql+psycopg2://desk:confidential@db/desk": "postgresql://desk:confidential@db/desk",
    "postgresql+asyncpg://desk@db/desk": "postgresql://desk@db/desk",
    "POSTGRES://desk@db:5433/desk?sslmode=require": "postgresql://desk@db:5433/desk?sslmode=require",
    "postgresql://desk:p%40ss%2F@[::1]:5432/desk": "postgresql://desk:p%40ss%2F@[::1]:5432/desk",
    "postgresql:///desk?host=/var/run/postgresql": "postgresql:///desk?host=/var/run/postgresql",
    "sqlite+aiosqlite:///file.db": "sqlite:///file.db",
    "sqlite:////srv/a%20b/file.db": "sqlite:////srv/a%20b/file.db",
    '"postgres://desk@db/desk"': "postgresql://desk@db/desk",
}


@pytest.mark.parametrize(("given", "read"), GOOD.items())
def test_the_address_of_a_database_works_as_others_write_it(given: str, read: str) -> None:
    settings = Settings(debug=True, database_url=given)
    assert settings.database_url == read
    assert async_url(given.strip('"')) == async_url(read)
    assert "confidential" not in service_urls.shown_database(read)


BAD = {
    "another system": "mysql://desk:confidential@db/desk",
    "a system that has no name": "://desk:confidential@db/desk",
    "no address": "confidential",
    "an at sign in the password": "postgresql://desk:Geheim@confidential@db/desk",
    "a port that is none": "postgresql://desk@db:confidential/desk",
    "a password without a name, cut off": "postgresql://confidential/chen:Geheim@db:x",
    "a port too large": "postgres://desk:confidential@db:99999/desk",
    "two slashes before a file": "sqlite://confidential.db",
    "a space in the host": "postgres://desk:x@conf idential/desk",
}


@pytest.mark.parametrize("address", BAD.values(), ids=BAD)
def test_an_address_of_a_database_that_cannot_be_used_is_refused_without_a_piece_of_it(
    environment: Callable[..., Settings], address: str
) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL") as refused:
        environment(DATABASE_URL=address)
    assert not [piece for piece in PIECES if piece in str(refused.value)]
    with pytest.raises(ValueError, match="DATABASE_URL") as direct:
        async_url(address)
    assert not [piece for piece in PIECES if piece in str(direct.value)]
    assert direct.value.__suppress_context__ or direct.value.__context__ is None
    assert service_urls.shown_database(address) == "DATABASE_URL"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1",
        "127.0.0.1:6379",
        "redis://:conf/idential@127.0.0.1",
        "redis://:Geheim#confidential@db:6379",
        "redis://desk:12?confidential@db",
        "redis://db:confidential",
    ],
)
def test_an_address_of_redis_that_cannot_be_used_is_refused_without_a_piece_of_it(
    environment: Callable[..., Settings], address: str
) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL is no address of a Redis") as refused:
        environment(REDIS_URL=address)
    assert not [piece for piece in (*PIECES, "idential") if piece in str(refused.value)]


@pytest.mark.parametrize(
    "address",
    ["redis://:conf%40idential@127.0.0.1:6379/0", "REDIS://db", "rediss://user:a:b@[::1]:6379", "unix:///run/redis"],
)
def test_an_address_of_redis_works(address: str) -> None:
    scheme, _, rest = address.partition("://")
    assert Settings(debug=True, redis_url=address).redis_url == f"{scheme.lower()}://{rest}"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://desk:confidential@livekit.example.com/a", "https://livekit.example.com/a"),
        ("wss://livekit.example.com", "wss://livekit.example.com"),
        ("desk:confidential@livekit", "(an address with a password)"),
        ("http://[confidential", "(an address with a password)"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert service_urls.shown(address) == shown


def test_settings_show_nothing_of_themselves() -> None:
    settings = Settings(debug=True, secret_key="confidential")
    assert "confidential" not in f"{settings!r} {settings}"


COMMANDS = (["accounts", "list"], ["migrate"], ["doctor"], ["serve"])


@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
@pytest.mark.parametrize(
    "address",
    [
        *BAD.values(),
        "postgres://desk:confidential@127.0.0.1:9/desk",
        "postgresql://desk@127.0.0.1:9/desk?password=confidential",
        "postgresql://desk:confidential@127.0.0.1:9/desk?nonsense=1",
        "postgresql+psycopg2://desk:confidential@no-such-host.invalid/desk",
    ],
)
def test_every_command_says_in_a_line_what_is_wrong_with_the_database(
    words: list[str], address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing it prints or logs holds a piece of the password."""
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", address)
    monkeypatch.setenv("LIVEKIT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DEBUG", "false")
    monkeypatch.setattr("callcenter.cli.web_build.is_current", lambda: True)
    monkeypatch.setattr("callcenter.platform.database.engine.FIRST_PAUSE_SECONDS", 60.0)  # nobody is waited for
    monkeypatch.chdir(tmp_path)
    set_services(None)
    get_settings.cache_clear()
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), caplog.at_level(logging.DEBUG), pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 1
    told = said.getvalue() + caplog.text
    assert "Traceback" not in told
    assert not [piece for piece in PIECES if piece in told], told
    if words != ["doctor"]:
        assert [line[:7] for line in said.getvalue().splitlines() if not line.startswith((" ", "==>"))] == ["error: "]
