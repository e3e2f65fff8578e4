"""Alerts, dashboard, manifests and database files fit the catalogue and their tools."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import pytest
import yaml

from schemas.metrics import CATALOGUE
from schemas.settings import Settings
from sinks.clickhouse import Limits, _limit_settings
from tests.contract.deployment import DEPLOY, TOP, documents, services, tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMETHEUS: Final = DEPLOY / "prometheus"
SERIES: Final = re.compile(r"(?<![\w:])parcours_\w+(?![\w:])")
RECORDED: Final = re.compile(r"\b\w+:\w+:\w+\b")
SELECTOR: Final = re.compile(r"(parcours_\w+)\{([^}]*)\}")
GROUPING: Final = re.compile(r"\bby \(([^)]*)\)")
FROM_SCRAPE: Final = {"job", "instance", "le"}


def labels_of() -> dict[str, set[str]]:
    """Every series that the processes show, with its labels."""
    found = {}
    for metric in CATALOGUE:
        plain = metric.kind != "histogram"
        for suffix in [""] if plain else ["_bucket", "_sum", "_count"]:
            found[metric.name + suffix] = {*metric.labels, *FROM_SCRAPE}
    return found


def rules(file: str) -> list[dict[str, Any]]:
    """The rules of a Prometheus rule file."""
    (content,) = documents(PROMETHEUS / file)
    return [rule for group in content["groups"] for rule in group["rules"]]


def dashboard() -> Iterator[str]:
    """The expressions of the dashboard's panels."""
    content = json.loads((DEPLOY / "grafana/dashboards/parcours.json").read_text())
    for panel in content["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"].replace("$__rate_interval", "1m")


def expressions() -> list[str]:
    """Every expression of alerts, recording rules and dashboard."""
    ruled = [rule["expr"] for rule in rules("alerts.yml") + rules("recording.yml")]
    return [*ruled, *dashboard()]


@pytest.mark.parametrize("expression", expressions())
def test_expressions_use_what_the_processes_show(expression: str) -> None:
    """An expression names only metrics, labels and recorded numbers that exist."""
    series = labels_of()
    used = SERIES.findall(expression)
    assert set(used) <= series.keys()
    for name, selectors in SELECTOR.findall(expression):
        assert set(re.findall(r"(\w+)\s*[=!]", selectors)) <= series[name]
    if used:
        grouped = ",".join(GROUPING.findall(expression)).replace(" ", "").split(",")
        assert set(grouped) - {""} <= set().union(*(series[name] for name in used))
    recorded = {rule["record"] for rule in rules("recording.yml")}
    assert set(RECORDED.findall(expression)) <= recorded


def test_dashboard_shows_every_metric() -> None:
    """No metric of the catalogue is missing on the dashboard."""
    recorded = " ".join(rule["expr"] for rule in rules("recording.yml"))
    shown = set(SERIES.findall(" ".join([recorded, *dashboard()])))
    for metric in CATALOGUE:
        assert any(name.startswith(metric.name) for name in shown), metric.name


def test_dashboard_expressions_are_valid(tmp_path: Path) -> None:
    """Prometheus can parse every expression of the dashboard."""
    made = [{"record": f"panel:{i}", "expr": e} for i, e in enumerate(dashboard())]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": made}]}))
    tool("promtool", "check", "rules", file)


@pytest.mark.parametrize(
    "command",
    [
        "promtool check config prometheus.yml",
        "promtool check rules recording.yml alerts.yml",
        "promtool test rules alerts_test.yml",
        "amtool check-config ../alertmanager/alertmanager.yml",
    ],
)
def test_tools_accept_the_monitoring(command: str) -> None:
    """Prometheus and Alertmanager accept their files, and the alerts pass their tests."""
    tool(*command.split(), folder=PROMETHEUS)


def test_every_alert_has_a_test_and_a_runbook() -> None:
    """Each alert links to its page, is tested, and no page is left over."""
    alerts = {rule["alert"]: rule for rule in rules("alerts.yml")}
    for name, alert in alerts.items():
        assert alert["annotations"]["runbook"] == f"deploy/runbooks/{name}.md"
        assert alert["labels"]["severity"] in ("critical", "warning")
    pages = {page.stem for page in (DEPLOY / "runbooks").iterdir()} - {"README"}
    assert pages == alerts.keys()
    (tests,) = documents(PROMETHEUS / "alerts_test.yml")
    cases = [c for test in tests["tests"] for c in test.get("alert_rule_test", [])]
    assert {c["alertname"] for c in cases if c.get("exp_alerts")} == alerts.keys()


def test_links_between_pages_lead_somewhere() -> None:
    """A link in a runbook or in docs/operations.md names a file that exists."""
    for page in [*(DEPLOY / "runbooks").iterdir(), TOP / "docs/operations.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_ports_are_the_default_ones() -> None:
    """Prometheus and Kubernetes look where a process with default settings serves."""
    ports = {
        "worker": Settings.__dataclass_fields__["worker_metrics_port"].default,
        "sink": Settings.__dataclass_fields__["sink_metrics_port"].default,
    }
    (config,) = documents(PROMETHEUS / "prometheus.yml")
    scraped = {job["job_name"]: job for job in config["scrape_configs"]}
    for name, port in ports.items():
        (found,) = scraped[f"parcours-{name}"]["dns_sd_configs"]
        assert (found["names"], found["port"]) == ([name], port)
        deployment, _, service = documents(DEPLOY / f"kubernetes/{name}.yaml")
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["ports"] == [{"name": "metrics", "containerPort": port}]
        assert service["spec"]["ports"][0]["port"] == port


def test_the_api_is_found_probed_and_read_only() -> None:
    """Its ports are the default ones, probes ask itself, and its user can only read."""
    ports = {
        name: Settings.__dataclass_fields__[f"api{part}_port"].default
        for name, part in (("http", ""), ("metrics", "_metrics"))
    }
    (config,) = documents(PROMETHEUS / "prometheus.yml")
    scraped = {job["job_name"]: job for job in config["scrape_configs"]}
    (found,) = scraped["parcours-api"]["dns_sd_configs"]
    assert (found["names"], found["port"]) == (["api"], ports["metrics"])
    deployment, _, service = documents(DEPLOY / "kubernetes/api.yaml")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    opened = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert opened == ports
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert {one["targetPort"] for one in service["spec"]["ports"]} == ports.keys()
    url, tokens = documents(DEPLOY / "kubernetes/secret-api.example.yaml")
    assert "//parcours_ro:" in url["stringData"]["PARCOURS_CLICKHOUSE_URL"]
    assert yaml.safe_load(tokens["stringData"]["tokens.yaml"]) == {"tokens": []}
    asked = services()["api"]
    assert "PARCOURS_PSEUDONYM_KEY" not in str(asked["secrets"])
    assert asked["ports"] == [f"127.0.0.1:{ports['http']}:{ports['http']}"]


@pytest.mark.parametrize("name", ["init", "worker", "sink", "rollups", "api"])
def test_pods_are_bounded_probed_and_unprivileged(name: str) -> None:
    """A pod has bounds, probes where it stays, no rights, and no settings by accident."""
    workload = documents(DEPLOY / f"kubernetes/{name}.yaml")[0]
    pod = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    # Else Kubernetes adds PARCOURS_…_SERVICE_HOST, which no process accepts.
    assert pod["enableServiceLinks"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["resources"].keys() == {"requests", "limits"}
    probes = {"startupProbe", "livenessProbe", "readinessProbe"} & container.keys()
    assert len(probes) == (0 if name in ("init", "rollups") else 3)
    assert {container[p]["httpGet"]["path"] for p in probes} <= {
        *({"/health", "/ready"} if name == "api" else {"/metrics"})
    }


def test_kustomization_names_every_manifest() -> None:
    """What lies in deploy/kubernetes is applied, but for the example of a secret."""
    folder = DEPLOY / "kubernetes"
    (kustomization,) = documents(folder / "kustomization.yaml")
    files = {file.name for file in folder.iterdir()}
    left = files - set(kustomization["resources"])
    examples = {"secret.example.yaml", "secret-api.example.yaml"}
    assert left == {"kustomization.yaml", *examples}
    for file in files:
        for part in documents(folder / file):
            assert part["apiVersion"]
            assert part["kind"]


def test_database_settings_exist_in_the_engine() -> None:
    """The engine knows every setting of the users file: a server refuses unknown ones."""
    users = ET.parse(DEPLOY / "clickhouse/users.d/parcours.xml").getroot()
    named = {
        setting.tag
        for setting in users.findall("profiles/*/*")
        if setting.tag != "constraints"
    }
    # In a process of its own: one process can open only one embedded engine.
    ask = "import chdb; print(chdb.query('SELECT name FROM system.settings', 'TSV'))"
    known = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True
    )
    assert named
    assert named <= set(known.stdout.split())


def test_analysts_can_only_read() -> None:
    """`parcours_ro` has a read-only profile and may only select."""
    users = ET.parse(DEPLOY / "clickhouse/users.d/parcours.xml").getroot()
    assert users.findtext("users/parcours_ro/profile") == "parcours_ro"
    assert users.findtext("profiles/parcours_ro/readonly") == "1"
    grants = [grant.text or "" for grant in users.findall("users/parcours_ro/grants/*")]
    assert grants
    assert all(grant.startswith("GRANT SELECT ON ") for grant in grants)


@pytest.mark.parametrize(("bound", "asked"), list(_limit_settings(Limits()).items()))
def test_our_own_read_only_handle_works_for_analysts(bound: str, asked: int) -> None:
    """`parcours_ro` is bounded, and the bounds that our read-only handle sets are allowed."""
    users = ET.parse(DEPLOY / "clickhouse/users.d/parcours.xml").getroot()
    profile = users.find("profiles/parcours_ro")
    assert profile is not None
    limit = int(profile.findtext(bound) or 0)
    assert 0 < limit == int(profile.findtext(f"constraints/{bound}/max") or 0)
    assert profile.find(f"constraints/{bound}/changeable_in_readonly") is not None
    assert asked <= limit


def test_no_password_is_in_the_database_files() -> None:
    """Users come without passwords: these are in a file that is never committed."""
    for file in sorted((DEPLOY / "clickhouse").rglob("*.xml")):
        tags = {element.tag for element in ET.parse(file).iter()}
        assert not {tag for tag in tags if "password" in tag}, file
