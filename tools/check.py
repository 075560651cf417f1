"""Every check and test, in the order that fails soonest: what `make test` runs.

python tools/check.py [--only lint|types|format|tests] [pytest arguments]
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from callcenter.cli import first_start, livekit_server, livekit_sip, system_packages
from callcenter.cli.environment import load_environment
from callcenter.cli.side_by_side import Preparation, SideBySide, in_words
from callcenter.platform.errors import Problem

FIREFOX = "firefox-esr"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CODE = ("callcenter", "tests", "tools", "bench", "alembic", "rxconfig.py")
TYPES = ("Types", "mypy")
"""Which files it reads is written in pyproject.toml, as the hooks read the same."""
SUITES_WITH_DATABASE = ("tests/unit", "tests/integration")
SUITES_WITH_PEOPLE = ("tests/e2e", "tests/chaos")
SUITES_WITH_PHONES = ("tests/phones",)
"""Both mostly wait: for people's patience, and for what is said to be heard."""
PHONE_PROGRAMS = {"redis-server": "redis-server", "sipp": "sip-tester", "baresip": "baresip-core"}
"""What the telephone tests run beside livekit-sip, and Debian's packages of them."""
SYSTEM_PACKAGES = Preparation("System packages", "tools.check:install_what_is_missing")
AFTER_SYSTEM_PACKAGES = (
    Preparation("livekit-sip", "tools.check:prepare_telephones"),
    Preparation("Browser", "tools.check:find_browser"),
)
took: dict[str, float] = {}
"""The seconds of each stage that has ended."""


def main() -> None:
    """Stop at the first check that fails, with its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("lint", "types", "format", "tests"))
    chosen, pytest_arguments = parser.parse_known_args()
    os.chdir(ROOT)
    began, packages = first_start.setup_seconds()
    took.update(packages)
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    try:
        if chosen.only == "format":
            step("Putting the code in shape", "ruff", "format", *present(CODE))
            step("Mending what can be mended", "ruff", "check", "--fix", *present(CODE))
        if chosen.only == "lint":
            lint()
        if chosen.only == "types":
            step(*TYPES)
        if chosen.only == "tests":
            with prepared():
                pass
            tests(pytest_arguments)
        if chosen.only is None:
            with beside(*TYPES), prepared():
                lint()
            tests(pytest_arguments)
    except Problem as problem:
        sys.exit(f"error: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        if chosen.only in (None, "tests"):
            tell_stages(time.time() - began)
    print("==> All good", flush=True)


def lint() -> None:
    """Style, shape, and the direction of imports."""
    step("Style", "ruff", "check", *present(CODE))
    step("Shape", "ruff", "format", "--check", *present(CODE))
    step("Direction of imports", "lint-imports", is_module=False)


@contextmanager
def prepared() -> Iterator[None]:
    """What the tests need, made while the block runs: livekit-server, telephones, browsers, the built page."""
    load_environment(create=True)
    missing = [one for one in first_start.missing() if one != livekit_sip.PREPARATION]
    with SideBySide([SYSTEM_PACKAGES, *missing]) as running:
        yield
        running.wait_for(SYSTEM_PACKAGES)
        for preparation in AFTER_SYSTEM_PACKAGES:
            running.start(preparation)
    took.update(running.seconds)
    os.environ["CALLCENTER_LIVEKIT_SERVER"] = str(livekit_server.find_or_build())
    browser = find_browser()
    if browser:
        os.environ["CHROMIUM_PATH"] = browser
    if not installed_firefox():
        skip("The tests in Firefox", f"They need it. Install it: {system_packages.how_to_install([FIREFOX])}")


def tell_stages(whole: float) -> None:
    """A short table of those one has to wait for; some ran at the same time."""
    print("==> How long it took", flush=True)
    stages = [(title, seconds) for title, seconds in took.items() if seconds >= 1]
    for title, seconds in [*stages, ("All together", whole)]:
        print(f"    {in_words(seconds):>12}  {title}", flush=True)


def tests(arguments: Sequence[str]) -> None:
    """With everything real, on what was prepared."""
    if arguments:
        step("Tests", "pytest", *arguments)
        return
    with beside("The same on PostgreSQL", "pytest", "--postgresql", *present(SUITES_WITH_DATABASE)):
        step("Unit and integration tests", "pytest", "-m", "not own_postgresql", *present(SUITES_WITH_DATABASE))
    with beside("Telephones", "pytest", *present(SUITES_WITH_PHONES)):
        title = "Stories in a browser, and what happens when things break"
        step(title, "pytest", *present(SUITES_WITH_PEOPLE))


def present(names: Sequence[str]) -> list[str]:
    """Those that exist."""
    return [name for name in names if (ROOT / name).exists()]


def step(title: str, program: str, *arguments: str, is_module: bool = True) -> None:
    """Run one program of this environment; its failure is the failure of all."""
    print(f"==> {title}", flush=True)
    start = ["-m", program] if is_module else [str(Path(sys.executable).with_name(program))]
    with timed(title):
        status = subprocess.run([sys.executable, *start, *arguments], cwd=ROOT, check=False).returncode
    if status:
        print(f"error: {title}: failed", file=sys.stderr, flush=True)
        sys.exit(status if status > 0 else 1)


@contextmanager
def timed(title: str) -> Iterator[None]:
    """Note how long the block took, for the table at the end."""
    started = time.monotonic()
    try:
        yield
    finally:
        took[title] = time.monotonic() - started


@contextmanager
def beside(title: str, program: str, *arguments: str) -> Iterator[None]:
    """Run one program while others run; what it printed is shown when it has ended. Its failure is that of all."""
    with tempfile.TemporaryFile() as output:
        running = subprocess.Popen(
            [sys.executable, "-m", program, *arguments],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=note_the_end, args=(title, running), daemon=True).start()
        try:
            yield
            status = running.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGTERM)
            running.wait()
        output.seek(0)
        print(f"==> {title}", output.read().decode(errors="replace"), sep="\n", flush=True)
    if status:
        print(f"error: {title}: failed", file=sys.stderr, flush=True)
        sys.exit(status if status > 0 else 1)


def note_the_end(title: str, running: "subprocess.Popen[bytes]") -> None:
    """Note how long a program took that nobody waits for yet."""
    with timed(title):
        running.wait()


def install_what_is_missing() -> None:
    """What the system's package manager can bring, in one go and where it asks for no password."""
    packages = [] if installed_browser() or playwright_has_one() else ["chromium"]
    packages += [package for program, package in PHONE_PROGRAMS.items() if not shutil.which(program)]
    if not livekit_sip.PROGRAM.find():
        packages += livekit_sip.missing_packages()
    if packages:
        system_packages.install(packages, "for the tests")
    if not installed_firefox():  # on its own, as not every distribution has a package of this name
        system_packages.install([FIREFOX], "for the tests")


def find_browser() -> str:
    """Chromium from PATH, else Playwright's own, downloaded now; empty means that one. Raises Problem."""
    found = installed_browser()
    if found or playwright_has_one():
        return found
    print("==> Downloading Chromium for the browser tests", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, stdout=subprocess.DEVNULL)
    if playwright_has_one():
        return ""
    raise Problem(
        "The browser tests need Chromium, and it could not be installed. Install chromium and run this again."
    )


def prepare_telephones() -> None:
    """livekit-sip and the phones. Without them their tests are skipped, which is said loudly; in the CI they fail."""
    lacking = [package for program, package in PHONE_PROGRAMS.items() if not shutil.which(program)]
    try:
        livekit_sip.find_or_build()
    except Problem as problem:
        reason = str(problem)
    else:
        if not lacking:
            return
        reason = f"They need {', '.join(lacking)}. Install them: {system_packages.how_to_install(lacking)}"
    skip("The telephone tests", reason)


def skip(tests: str, reason: str) -> None:
    """Say loudly that these tests are skipped. Raises Problem in the CI, where they have to run."""
    if os.environ.get("CI"):
        raise Problem(f"{tests} cannot run, and in the CI they have to. {reason}")
    line = "!" * 100
    print(f"{line}\n!!  {tests.upper()} ARE SKIPPED. {reason}\n{line}", flush=True)


def installed_browser() -> str:
    """The path of a Chromium or Chrome on PATH, or nothing."""
    return next((path for path in map(shutil.which, BROWSERS) if path), "")


def installed_firefox() -> bool:
    """Whether there is a Firefox for the stories that are told in it, too."""
    from tests.support import firefox

    return bool(firefox.installed())


def playwright_has_one() -> bool:
    """Whether Playwright has downloaded its own Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    main()
