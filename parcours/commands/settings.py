"""`settings`: every setting, from schemas/settings.py."""

from dataclasses import MISSING, fields

from parcours.screen import Json, print_json, print_table


def settings(as_json: Json = False) -> None:
    """List every environment variable: type, default, meaning."""
    from schemas.settings import PREFIX, Settings

    rows = []
    for field in fields(Settings):
        kind = field.type if isinstance(field.type, str) else field.type.__name__
        default = None if field.default is MISSING else field.default
        rows.append(
            (PREFIX + field.name.upper(), kind, default, field.metadata["help"])
        )
    if as_json:
        names = ("name", "type", "default", "help")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    shown = [
        (name, kind, "(must be set)" if default is None else repr(default), text)
        for name, kind, default, text in rows
    ]
    print_table(("variable", "type", "default", "meaning"), shown)
