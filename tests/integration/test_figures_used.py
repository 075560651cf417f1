"""What is made of the figures: the sum of several workers, the dashboard, the alerts, their explanation."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from callcenter.cli.environment import ROOT
from callcenter.core.domain.agents import Actor
from callcenter.platform.jobs.periodic_job import Loop
from tests.builders import Centre
from tests.conftest import MakeAgent
from tests.integration.conftest import SignIn
from tests.support.figures import Reading, a_days_work, grown, read

NAME = re.compile(r"\b(?:callcenter|process|python)_[a-z_]+\b")
WORKER = """
import sys
from callcenter.core import call_metrics
from callcenter.monitoring.gauges import Figures
from callcenter.platform.observability import metrics
call_metrics.OFFERS.labels("made").inc(int(sys.argv[1]))
metrics.SOCKETS.labels("desk").inc(2)
call_metrics.ROOMS.set(int(sys.argv[1]))
print("counted", flush=True)
input()
if sys.argv[2]:
    sys.stdout.write(metrics.exposition(Figures(readable=True), sys.argv[2]).decode())
"""


def test_several_workers_put_their_figures_together(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    start = [sys.executable, "-c", WORKER]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT, "env": environment}
    with (
        subprocess.Popen([*start, "3", ""], **pipes) as one,
        subprocess.Popen([*start, "4", str(tmp_path)], **pipes) as two,
    ):
        for worker in (one, two):
            assert worker.stdout is not None
            assert worker.stdout.readline() == "counted\n"
        now = Reading(two.communicate("\n")[0])
        one.communicate("\n")
    assert now("callcenter_offers_total", result="made") == 7
    assert now("callcenter_sockets", kind="desk") == 4
    assert now("callcenter_rooms") in (3, 4)
    assert now("callcenter_queue_length") == 0


@pytest.fixture
async def anna(agent: MakeAgent) -> Actor:
    return await agent("Anna")


def expressions() -> Iterator[tuple[str, str]]:
    """Every query of the dashboard and of the alerts, with where it is."""
    dashboard = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']}", target["expr"]
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            yield f"alert {rule['alert']}", rule["expr"]


async def test_what_dashboard_and_alerts_ask_for_exists(
    http: httpx.AsyncClient, here: httpx.AsyncClient, login: SignIn, centre: Centre, anna: Actor
) -> None:
    await a_days_work(http, centre, await login(anna), anna)
    loop = Loop("reconciler", centre.services.reconciler.run, 0.01)
    before = await read(here)
    loop.start()
    await grown(here, before, "callcenter_round_seconds_count", loop="reconciler")
    await loop.stop()
    # Nothing opens a socket here, or asks a real LiveKit: test_figures.py and test_tracing.py see to these.
    there = (await read(here)).names | {"callcenter_media_request_seconds_bucket", "callcenter_sockets"}
    found = [(where, name) for where, query in expressions() for name in NAME.findall(query)]
    assert len(found) > 30
    assert [one for one in found if one[1] not in there] == []


def test_the_alerts_fire_when_they_should_and_otherwise_not() -> None:
    """Prometheus' own tool knows the language; the cases are beside the rules."""
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("no promtool on this machine")
    command = [promtool, "test", "rules", "deploy/prometheus/alerts.test.yaml"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_every_figure_and_every_alert_is_explained(here: httpx.AsyncClient) -> None:
    text = (ROOT / "docs/observing.md").read_text()
    families = re.findall(r"^# TYPE (callcenter_\w+)", (await here.get("/metrics")).text, re.MULTILINE)
    assert len(families) > 20
    assert [name for name in families if f"`{name}" not in text] == []
    alerts = [where.removeprefix("alert ") for where, _ in expressions() if where.startswith("alert ")]
    assert [alert for alert in alerts if f"**{alert}**" not in text] == []
