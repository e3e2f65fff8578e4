"""Settings, compose file, image and scripts of the deployment keep their promises."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
import yaml

from insights.api.token import read_tokens
from schemas.settings import PREFIX, parse
from tests.contract.deployment import (
    DEPLOY,
    PAGES,
    REQUIRED,
    SECRET,
    SETTINGS,
    TOP,
    documents,
    services,
    tool,
)
from tests.servers.ports import LOOPBACK

SETTING: Final = re.compile(PREFIX + r"[A-Z_]*[A-Z]")
STAND_INS: Final = {
    "PARCOURS_CLICKHOUSE_URL": "clickhouse://u:p@clickhouse:8123/parcours",
    "PARCOURS_PSEUDONYM_KEY": "only for tests, 16+",
}


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_what_the_schemas_make_of_them(page: str) -> None:
    """A page made from schemas/ is up to date; tests.contract.deployment renews it."""
    assert (TOP / page).read_text() == PAGES[page]()


def env(file: str) -> dict[str, str]:
    """The variables that an env file sets."""
    lines = (DEPLOY / file).read_text().splitlines()
    return dict(
        line.split("=", 1) for line in lines if line and not line.startswith("#")
    )


def test_reference_and_minimal_make_the_default_settings() -> None:
    """The two env files and the secrets give a system with every default."""
    least = env("env.minimal") | STAND_INS
    assert parse(env("env.reference") | least) == parse(least)


def test_minimal_is_the_least() -> None:
    """deploy/env.minimal names the required settings, and no other."""
    named = SETTING.findall((DEPLOY / "env.minimal").read_text())
    assert sorted(named) == sorted(REQUIRED)


def test_kubernetes_settings_are_accepted() -> None:
    """Config map and secret together are settings that a process accepts."""
    (config,) = documents(DEPLOY / "kubernetes/config.yaml")
    (secret,) = documents(DEPLOY / "kubernetes/secret.example.yaml")
    assert secret["stringData"].keys() == STAND_INS.keys()
    parse(config["data"] | STAND_INS)


def test_no_secret_is_committed() -> None:
    """Env files and examples hold no secret, and git ignores the folder of the real ones."""
    for file in ("env.minimal", "env.reference"):
        assert not SECRET & env(file).keys()
    (example,) = documents(DEPLOY / "kubernetes/secret.example.yaml")
    assert not example["stringData"]["PARCOURS_PSEUDONYM_KEY"]
    assert ":PASSWORD@" in example["stringData"]["PARCOURS_CLICKHOUSE_URL"]
    assert "*" in (DEPLOY / "secrets/.gitignore").read_text().splitlines()


def test_every_setting_that_is_named_exists() -> None:
    """Manifests, scripts and pages name no setting that there is not."""
    folders = (DEPLOY / name for name in ("docker", "kubernetes", "runbooks"))
    files = [file for folder in folders for file in folder.iterdir()]
    for file in [*files, TOP / "docker-compose.yml", TOP / "docs/operations.md"]:
        named = set(SETTING.findall(file.read_text())) - {"PARCOURS_X"}
        assert named <= SETTINGS.keys(), file


def test_compose_accepts_the_file() -> None:
    """Docker compose, as plugin or as the older program, accepts docker-compose.yml."""
    command = ["docker-compose"]
    if shutil.which("docker"):
        plugin = ["docker", "compose"]
        asked = subprocess.run([*plugin, "version"], capture_output=True, check=False)
        command = command if asked.returncode else plugin
    seen = yaml.safe_load(tool(*command, "-f", "docker-compose.yml", "config"))
    assert {"kafka", "clickhouse", "init", "worker", "sink", "rollups", "api"} <= seen[
        "services"
    ].keys()


def test_images_are_pinned() -> None:
    """Every foreign image has an exact version; Kafka has the one that tests run on."""
    images = {name: service["image"] for name, service in services().items()}
    for image in set(images.values()) - {"parcours:local"}:
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+(\.\d+)?", image)
    pom = (DEPLOY / "kafka/pom.xml").read_text()
    assert f"<kafka.version>{images['kafka'].rpartition(':')[2]}</" in pom


def test_every_service_is_watched_and_private() -> None:
    """A service has a health check, or ends by itself; its ports are the loopback's."""
    for name, service in services().items():
        ends = name in ("init", "cli", "rollups")
        assert service["healthcheck"].get("disable", False) is ends, name
        ports = service.get("ports", [])
        assert all(port.startswith(f"{LOOPBACK}:") for port in ports), name


def test_image_holds_what_the_wheel_needs() -> None:
    """The Dockerfile copies every package, from paths that exist and reach the build."""
    copied = [
        source
        for line in (DEPLOY / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY") and "--from" not in line
        for source in line.split()[1:-1]
        if not source.startswith("--")
    ]
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(wheel) <= set(copied)
    context = (TOP / ".dockerignore").read_text().splitlines()
    for source in copied:
        assert (TOP / source).exists(), source
        assert f"!{source.rstrip('/')}" in context


def script(name: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a script of the image, with this Python as its `python`."""
    return subprocess.Popen(
        [DEPLOY / "docker" / name, *arguments],
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_entrypoint_turns_secret_files_into_settings(tmp_path: Path) -> None:
    """A file named like a setting becomes that setting; other files do not."""
    (tmp_path / "PARCOURS_PSEUDONYM_KEY").write_text("k e y\n")
    (tmp_path / "grafana").write_text("no")
    with script("entrypoint", "env", SECRETS_FOLDER=str(tmp_path)) as entrypoint:
        shown = entrypoint.communicate()[0].splitlines()
    assert "PARCOURS_PSEUDONYM_KEY=k e y" in shown
    assert not any(line.startswith("grafana") for line in shown)


@pytest.mark.parametrize("code", [0, 1, 70])
def test_a_process_that_may_be_restarted_ends_its_container(code: int) -> None:
    """The container ends with its process, so that it is restarted."""
    with script("restartable", "sh", "-c", f"exit {code}") as restartable:
        assert restartable.wait() == code


def test_a_final_stop_keeps_the_container_until_it_is_stopped() -> None:
    """After exit code 78 the container says so, and idles instead of restarting."""
    with script("restartable", "sh", "-c", "exit 78") as restartable:
        assert restartable.stderr
        assert restartable.stderr.readline().startswith("event=stopped_for_good ")
        restartable.terminate()
    assert restartable.returncode == -signal.SIGTERM


def test_a_stop_waits_for_the_process() -> None:
    """On SIGTERM the container ends when its process has, with the process's code."""
    with script("restartable", "sh", "-c", "echo up; read -r _; exit 3") as restartable:
        assert restartable.stdout
        assert restartable.stdout.readline() == "up\n"
        restartable.send_signal(signal.SIGTERM)
        restartable.communicate("finish\n")
    assert restartable.returncode == 3


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


def test_health_is_an_answer_on_the_metrics_port() -> None:
    """A container is healthy while its process answers on /metrics, and not after."""
    with ThreadingHTTPServer((LOOPBACK, 0), _Answer) as server:
        port = str(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with script("healthy", HEALTH_PORT=port) as healthy:
            assert healthy.wait() == 0
        server.shutdown()
    with script("healthy", HEALTH_PORT=port) as healthy:
        assert healthy.wait() != 0


def test_secrets_are_made_once_and_fit_together(tmp_path: Path) -> None:
    """deploy/secrets.sh makes every secret of the compose file; again changes nothing."""
    folder = tmp_path / "secrets"
    tool("sh", DEPLOY / "secrets.sh", folder)
    made = {file.name: file.read_text() for file in folder.iterdir()}
    tool("sh", DEPLOY / "secrets.sh", folder)
    assert {file.name: file.read_text() for file in folder.iterdir()} == made
    assert not folder.stat().st_mode & 0o77
    (compose,) = documents(TOP / "docker-compose.yml")
    assert {Path(s["file"]).name for s in compose["secrets"].values()} <= made.keys()
    tree = ET.fromstring(made["clickhouse_passwords.xml"])
    assert [hashed.text for hashed in tree.iter("password_sha256_hex")] == [
        hashlib.sha256(made[name].encode()).hexdigest()
        for name in ("clickhouse_password", "clickhouse_ro_password")
    ]
    tokens = read_tokens(folder / "api_tokens.yaml", 600)
    principal = tokens.principal(made["api_token"], 0.0)
    assert principal
    assert "answers:read" in principal.scopes
    assert f":{made['clickhouse_ro_password']}@" in made["clickhouse_ro_url"]
    told = {name: text for name, text in made.items() if name.startswith(PREFIX)}
    settings = parse(told | {"PARCOURS_KAFKA_SERVERS": "kafka:9092"})
    assert f":{made['clickhouse_password']}@" in settings.clickhouse_url
