"""What the world tells a command: its data folder, its environment, what runs."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from parcours import running
from schemas.settings import PREFIX, Settings, SettingsError, parse

DATA_DIR_VARIABLE: Final = PREFIX + "DATA_DIR"
KAFKA: Final = PREFIX + "KAFKA_SERVERS"
STORE: Final = PREFIX + "CLICKHOUSE_URL"
FUNNELS: Final = PREFIX + "FUNNEL_FOLDER"
KEY: Final = PREFIX + "PSEUDONYM_KEY"
MODELS: Final = PREFIX + "MODEL_FILE"

# Satisfies the parser where a command does not use the setting: a producer need not
# know the database, nor anybody but a worker the secret.
UNUSED: Final = {KAFKA: "-", STORE: "-", KEY: "-" * 16}
EVERYTHING: Final = tuple(UNUSED)

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar=DATA_DIR_VARIABLE,
        help="Folder of the running system; several run side by side.",
        show_default=True,
        file_okay=False,
    ),
]
DEFAULT_DATA_DIR: Final = Path(".parcours")


class NothingRunsError(SettingsError):
    """No system runs on the data folder, and the environment names none."""


def environment() -> dict[str, str]:
    """The `PARCOURS_*` variables of this process, without the door's own."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(PREFIX) and name != DATA_DIR_VARIABLE
    }


def base_environment() -> dict[str, str]:
    """The variables that a child process gets besides its settings (PATH, HOME, ...)."""
    return {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}


def system_on(data_dir: Path) -> running.Run | None:
    """The system on this folder, unless our own environment names another one."""
    own, run = environment(), running.find(data_dir)
    if run and any(
        name in own and own[name] != run.environment.get(name)
        for name in (KAFKA, STORE)
    ):
        return None
    return run


def running_environment(data_dir: Path) -> dict[str, str]:
    """The settings of the system on this folder, overlaid by our own environment."""
    run = system_on(data_dir)
    secret = running.read_secret(data_dir)
    ours = {KEY: secret} if secret else {}
    if models_folder(data_dir).is_dir():
        ours[MODELS] = str(models_folder(data_dir))
    return ours | (run.environment if run else {}) | environment()


def settings_for(data_dir: Path, *needs: str) -> Settings:
    """The settings with which a command talks to the system on this folder.

    Args:
        data_dir: the system's folder.
        needs: variables without which the command cannot work.

    Raises:
        NothingRunsError: one of them is given by nobody.
        SettingsError: a variable is malformed or unknown.
    """
    known = running_environment(data_dir)
    for name in needs:
        if name not in known:
            message = (
                f"nothing runs in {data_dir}/ and {name} is not set; "
                "start a system with `parcours up`"
            )
            raise NothingRunsError(message)
    return parse(UNUSED | known)


def store_url(data_dir: Path) -> str:
    """Where the rows are: the environment's database, or the folder's own store."""
    return running_environment(data_dir).get(STORE) or embedded_store(data_dir)


def models_folder(data_dir: Path) -> Path:
    """Where a system on a data folder finds its journey models."""
    return (data_dir / "models").resolve()


def model_places(data_dir: Path) -> list[Path]:
    """The files and folders in which a system's journey models are, or may come to be."""
    from streams.model_files import named_files  # noqa: PLC0415 - `--help` stays fast

    named = named_files(settings_for(data_dir).model_file)
    return [models_folder(data_dir), *named]


def funnels_folder(data_dir: Path) -> Path:
    """Where registered funnels are, besides the built-in ones; it need not exist."""
    named = running_environment(data_dir).get(FUNNELS)
    return Path(named) if named else (data_dir / "funnels").resolve()


def embedded_store(data_dir: Path) -> str:
    """Address of the engine folder inside a data folder."""
    return f"chdb://{(data_dir / 'store').resolve()}"
