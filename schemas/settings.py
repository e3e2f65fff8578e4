"""Every setting: environment name, type, default, meaning. Parsed once, strictly."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final, get_type_hints


class SettingsError(ValueError):
    """A setting is missing or does not have the form it must have."""


def _setting(help_: str, default: object = MISSING, *, secret: bool = False) -> Any:  # noqa: ANN401
    metadata = {"help": help_, "secret": secret}
    if default is MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process of Parcours is told by its environment.

    Each field is the variable `PARCOURS_<FIELD IN UPPER CASE>`.
    """

    kafka_servers: str = _setting("Kafka bootstrap servers, host:port, comma-separated")
    clickhouse_url: str = _setting(
        "Database: clickhouse://user:password@host:8123/database (or clickhouses:// for TLS), "
        "or chdb:///folder for the embedded engine",
        secret=True,
    )
    pseudonym_key: str = _setting(
        "Secret from which pseudonyms and the encryption of dead letters are derived; "
        "at least 16 characters, the same on every worker, for ever",
        secret=True,
    )
    partitions: int = _setting("Partitions of every keyed topic; fixed at creation", 24)
    replication: int = _setting("Replicas of every topic", 1)
    compression: str = _setting(
        "Compression of produced batches: none, lz4 or zstd", "lz4"
    )
    idempotence: bool = _setting(
        "Idempotent producer; the embedded broker has none", default=True
    )
    group_session_seconds: float = _setting(
        "Consumer group session timeout; a dead worker's partitions move after it", 30.0
    )
    state_folder: str = _setting(
        "Folder in which workers keep journey states, so that a restart need not read "
        "them from Kafka again, and they need not fit into memory; empty for in memory",
        "",
    )
    tick_seconds: float = _setting(
        "How often time itself is put into the log, so that silence can be noticed", 5.0
    )
    model_file: str = _setting(
        "Journey models: YAML files and folders of them, comma-separated; empty, or "
        "built-in, for the five phases (docs/phases.md)",
        "",
    )
    session_file: str = _setting(
        "Session and thread policy in YAML; empty for the built-in numbers", ""
    )
    message_file: str = _setting(
        "Message rules in YAML; empty for the built-in seven; see docs/messages.md", ""
    )
    message_salt: str = _setting(
        "Decides, with rule and person, who is held out; another salt, other persons",
        "",
    )
    unknown_types: str = _setting(
        "Touchpoint types outside the vocabulary: reject, or accept", "reject"
    )
    identity_limits: str = _setting(
        "How many identifiers of a namespace a weaker one may be seen with before it "
        "counts as shared, namespace=number, comma-separated; 5 where not named",
        "customer_id=1",
    )
    max_future_seconds: int = _setting(
        "How far a touchpoint may lie in the future of its record, clock skew included",
        86_400,
    )
    clock_lag_seconds: int = _setting(
        "Records received up to this long after they were sent are taken to come from a "
        "lagging clock, and their time is corrected; 0 where records may wait on their way",
        0,
    )
    max_payload_bytes: int = _setting("Largest raw record that is decoded", 1_048_576)
    dead_letter_max_run: int = _setting(
        "Rejected records in a row, in one partition, after which the worker stops",
        200_000,
    )
    bug_max_run: int = _setting(
        "Errors of ours in a row, in one partition, after which the worker stops", 100
    )
    metrics_host: str = _setting("Address that /metrics listens on", "127.0.0.1")
    worker_metrics_port: int = _setting(
        "Port of the worker's /metrics; 0 for none", 9102
    )
    sink_metrics_port: int = _setting("Port of the sink's /metrics; 0 for none", 9103)
    answers_port: int = _setting(
        "Port on which the sink answers questions (loopback); 0 for none", 0
    )
    answers_token: str = _setting(
        "Token that a question to the sink must carry", "", secret=True
    )
    api_host: str = _setting(
        "Address that the API listens on; other than the loopback only with tokens",
        "127.0.0.1",
    )
    api_port: int = _setting("Port of the API and the page", 8780)
    api_metrics_port: int = _setting("Port of the API's /metrics; 0 for none", 9104)
    api_tokens_file: str = _setting(
        "Tokens of the API in YAML; empty for none, on the loopback only; see docs/api.md",
        "",
    )
    api_hosts: str = _setting(
        "Names under which the API may be asked, comma-separated; empty for any where "
        "there are tokens, and for those of the loopback where there are none",
        "",
    )
    api_requests_per_minute: int = _setting(
        "Requests to the API for each token, where its entry says nothing else", 600
    )
    sink_batch_rows: int = _setting("Rows that the sink gathers at most", 100_000)
    sink_batch_seconds: float = _setting(
        "Time between two writes of the sink at least, more where they take long; after a "
        "pause it writes at once",
        0.5,
    )
    sink_batch_bytes: int = _setting("Bytes that the sink gathers at most", 67_108_864)
    rollup_seconds: float = _setting(
        "How often the sink brings the roll-ups of an embedded store up to date; 0 for "
        "never. Those of a server are brought up by `parcours rollups --every`",
        60.0,
    )
    funnel_folder: str = _setting(
        "Folder of registered funnels in YAML, besides the built-in ones; empty for "
        "`funnels` in the data folder",
        "",
    )
    stall_seconds: float = _setting(
        "Lag without progress after which a process ends itself, to be restarted", 120.0
    )
    log_level: str = _setting("debug, info, warning or error", "info")


_CHOICES: Final = {
    "compression": ("none", "lz4", "zstd"),
    "unknown_types": ("reject", "accept"),
    "log_level": ("debug", "info", "warning", "error"),
}
PREFIX: Final = "PARCOURS_"


def parse(environment: Mapping[str, str]) -> Settings:
    """Read the settings from a mapping of environment variables.

    Args:
        environment: usually the process environment, handed over by the door.

    Raises:
        SettingsError: a variable is missing, malformed or unknown; names it, never
            its value.
    """
    known = {PREFIX + f.name.upper(): f for f in fields(Settings)}
    unknown = sorted(
        name for name in environment if name.startswith(PREFIX) and name not in known
    )
    if unknown:
        message = f"unknown setting {unknown[0]}; `parcours settings` lists them all"
        raise SettingsError(message)
    types = get_type_hints(Settings)
    values: dict[str, object] = {}
    for name, spec in known.items():
        if name in environment:
            values[spec.name] = _parse_one(name, environment[name], types[spec.name])
        elif spec.default is MISSING:
            message = f"{name} is not set: {spec.metadata['help']}"
            raise SettingsError(message)
    settings = Settings(**values)  # type: ignore[arg-type]
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    for name, choices in _CHOICES.items():
        if getattr(settings, name) not in choices:
            message = f"{PREFIX}{name.upper()} must be one of {', '.join(choices)}"
            raise SettingsError(message)
    if len(settings.pseudonym_key) < 16:  # noqa: PLR2004
        message = f"{PREFIX}PSEUDONYM_KEY must have at least 16 characters"
        raise SettingsError(message)
    if not 1 <= settings.partitions <= 1024:  # noqa: PLR2004
        message = f"{PREFIX}PARTITIONS must lie between 1 and 1024"
        raise SettingsError(message)


def _boolean(text: str) -> bool:
    if text.lower() in ("1", "true", "yes"):
        return True
    if text.lower() in ("0", "false", "no"):
        return False
    raise ValueError


_PARSERS: Final[dict[type, Callable[[str], object]]] = {
    str: str,
    int: int,
    float: float,
    bool: _boolean,
}


def _parse_one(name: str, text: str, kind: type) -> object:
    try:
        return _PARSERS[kind](text)
    except ValueError:
        message = f"{name} must be of type {kind.__name__}"
        raise SettingsError(message) from None
