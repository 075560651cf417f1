"""What tools/setup_env.py says before anything is installed, and how uv learns what pip was told."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSTALLS_FROM_A_LOCK = (
    "Dockerfile",
    "README.md",
    "CONTRIBUTING.md",
    "docs/**/*.md",
    "deploy/**/*",
    "callcenter/**/*.py",
)


@pytest.fixture
def setup_env(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location("setup_env", ROOT / "tools" / "setup_env.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 15, 0)])
def test_a_python_without_packages_is_refused_with_the_ones_that_have_them(
    setup_env: ModuleType,
    version: tuple[int, int, int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit):
        setup_env.use_suitable_python()
    found = f"{version[0]}.{version[1]}"
    assert capsys.readouterr().err == (
        f"error: this needs Python 3.11 to 3.14, and only {found} was found. Install one of them and run this again.\n"
    )


@pytest.mark.parametrize(("system", "bits", "word"), [("Windows", 64, "WSL"), ("Linux", 32, "64-bit")])
def test_a_machine_without_packages_is_refused_with_what_to_do(
    setup_env: ModuleType, system: str, bits: int, word: str
) -> None:
    assert word in setup_env.why_not_this_machine(system, bits)


@pytest.mark.parametrize("system", ["Linux", "Darwin"])
def test_other_machines_are_welcome(setup_env: ModuleType, system: str) -> None:
    assert not setup_env.why_not_this_machine(system, 64)


def test_uv_takes_from_where_pip_does(setup_env: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index of pip's file, the certificate of its variable; a folder of wheels only if it is there."""
    config = tmp_path / "pip.conf"
    config.write_text(
        f"[global]\nindex-url = https://packages.example.com/simple\nfind-links = {tmp_path} /not/there\n"
        "[install]\ntrusted-host = packages.example.com\n"
    )
    for name in ("PIP_FIND_LINKS", "SSL_CERT_FILE", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_CERT", "/etc/company.pem")
    environment = setup_env.locked_packages._uv_environment(sys.executable)
    wanted = {
        "UV_DEFAULT_INDEX": "https://packages.example.com/simple",
        "UV_FIND_LINKS": str(tmp_path),
        "UV_INSECURE_HOST": "packages.example.com",
        "SSL_CERT_FILE": "/etc/company.pem",
    }
    assert {name: environment[name] for name in wanted} == wanted
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example.com/simple")
    assert setup_env.locked_packages._uv_environment(sys.executable)["UV_DEFAULT_INDEX"].startswith("https://uv.")


def test_no_document_installs_a_lock_file_by_another_way() -> None:
    files = [path for pattern in INSTALLS_FROM_A_LOCK for path in ROOT.glob(pattern) if path.is_file()]
    lines = [(path, line) for path in files for line in path.read_text(errors="replace").splitlines()]
    assert [path for path, line in lines if "locked_packages.py" in line and ".lock" in line]
    assert not [(path, line) for path, line in lines if "pip install" in line]
