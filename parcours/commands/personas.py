"""`personas`: who the customers are, by rules or found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from insights.scope import Scope
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.scoping import scoped
from parcours.screen import (
    Csv,
    Json,
    many,
    money,
    percent,
    print_fields,
    print_json,
    print_table,
    say,
    tell,
    when,
)

if TYPE_CHECKING:
    from insights.personas.answer import DriftAnswer, PersonasAnswer
    from insights.personas.members import PersonaPage
    from insights.personas.spec import FoundPersonas, PersonaModel


class PersonaFileError(ValueError):
    """A persona model cannot be kept where it should be."""


@scoped
def personas(
    scope: Scope,
    by: Annotated[
        str, typer.Option(help="Name of the persona model, or its file.")
    ] = "",
    at: Annotated[
        str | None, typer.Option(help="As they were then: a date or RFC 3339.")
    ] = None,
    drift_from: Annotated[
        str | None,
        typer.Option(
            "--drift-from", help="Begin of a period before, to tell the drift from it."
        ),
    ] = None,
    drift_to: Annotated[
        str | None, typer.Option("--drift-to", help="Its end; by default --from.")
    ] = None,
    find: Annotated[
        str, typer.Option(help="Find personas and keep them under this name.")
    ] = "",
    k: Annotated[
        int | None, typer.Option("-k", min=2, max=30, help="How many to find.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of what is left to chance.")] = 1,
    persons: Annotated[
        str, typer.Option(help="List who it is: the persons of this persona.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many are listed.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="How many are passed over.")] = 0,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Count the persons of each persona; list them; find personas; tell how they drift.

    Persona models are the built-in one and the files in `personas/` of the data folder.
    """
    from insights.personas.answer import drift
    from insights.personas.answer import personas as count
    from insights.personas.found import find_personas
    from insights.personas.members import persons_in
    from parcours.asking import open_asker

    with open_asker(data_dir, scope.tenant) as asker:
        if find:
            made = find_personas(asker, scope.tenant, find, k=k, seed=seed)
            _keep(made, data_dir)
        model = made if find else _model(by, data_dir)
        if persons:
            name = _named(persons, model if by or find else None, data_dir)
            page = persons_in(asker, scope, *name, at=at, limit=limit, offset=offset)
            print_json(page) if as_json else _show_persons(page, as_csv=as_csv)
            return
        if drift_from is not None:
            before = msgspec.structs.replace(
                scope, from_=drift_from, to=drift_to or scope.from_
            )
            moved = drift(asker, model, before, scope)
            print_json(moved) if as_json else _show_drift(moved, as_csv=as_csv)
            return
        found = count(asker, scope, model, at)
    print_json(found) if as_json else _show(found, as_csv=as_csv)


def _model(by: str, data_dir: Path) -> "PersonaModel":
    from insights.personas.spec import model_named, read_personas
    from parcours.persona_files import known_personas

    if by and Path(by).is_file():
        return read_personas(Path(by))
    return model_named(known_personas(data_dir), by)


def _named(
    persona: str, model: "PersonaModel | None", data_dir: Path
) -> "tuple[PersonaModel, str]":
    """The persona that is meant: of the model, or of the first that has it."""
    from insights.personas.spec import find_persona
    from parcours.persona_files import known_personas

    return find_persona((model,) if model else known_personas(data_dir), persona)


def _keep(model: "FoundPersonas", data_dir: Path) -> None:
    from insights.personas.spec import FoundPersonas
    from parcours.persona_files import known_personas, personas_folder

    encoded = msgspec.json.format(msgspec.json.encode(model), indent=2)
    try:
        msgspec.json.decode(encoded, type=FoundPersonas)
    except msgspec.ValidationError as error:
        message = f"{model.name!r} names no personas: take small letters, digits and _"
        raise PersonaFileError(message) from error
    folder = personas_folder(data_dir)
    file = folder / f"{model.name}.json"
    if not file.exists() and model.name in {m.name for m in known_personas(data_dir)}:
        message = f"there are personas named {model.name!r} already: take another name"
        raise PersonaFileError(message)
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded + b"\n")
    say(f"{file}: {len(model.personas)} personas, silhouette {model.silhouette:.2f}")


def _show(found: "PersonasAnswer", *, as_csv: bool) -> None:
    columns = ("persona", "persons", "share", "orders", "touchpoints")
    if as_csv:
        print_fields(columns, found.personas, minor=["value_minor"])
        return
    tell(f"{many(found.persons, 'person')} by the personas {found.model!r}")
    print_table(
        ("persona", "", "persons", "share", "orders", "value"),
        [
            (
                one.persona,
                one.label.get("en", ""),
                one.persons,
                percent(one.share),
                one.orders,
                money(one.value_minor),
            )
            for one in found.personas
        ],
    )
    for note in found.notes:
        tell(str(note))


def _show_persons(found: "PersonaPage", *, as_csv: bool) -> None:
    columns = ("person_id", "phase", "orders", "touchpoints", "first_at", "last_at")
    if as_csv:
        print_fields(columns, found.members, minor=["value_minor"])
        return
    print_table(
        ("person", "phase", "orders", "value", "touchpoints", "first", "last"),
        [
            (
                one.person_id,
                one.phase,
                one.orders,
                money(one.value_minor),
                one.touchpoints,
                when(one.first_at),
                when(one.last_at),
            )
            for one in found.members
        ],
    )
    if found.more:
        tell(f"more: --offset {found.offset + len(found.members)}")


def _show_drift(found: "DriftAnswer", *, as_csv: bool) -> None:
    columns = ("persona", "before", "after", "share_before", "share_after", "part")
    if as_csv:
        print_fields(columns, found.personas)
        return
    print_table(
        ("persona", "before", "after", "share before", "share after", "part of PSI"),
        [
            (
                one.persona,
                one.before,
                one.after,
                percent(one.share_before),
                percent(one.share_after),
                one.part,
            )
            for one in found.personas
        ],
    )
    index = "none: a period has nobody" if found.psi is None else f"{found.psi:.4f}"
    tell(f"population stability index {index} {found.verdict}".rstrip())
    for note in dict.fromkeys(map(str, (*found.before.notes, *found.after.notes))):
        tell(note)
