"""What a spreadsheet would take for a formula, and must not."""

from re import fullmatch


def harmless(cell: object) -> object:
    """A cell of CSV that no spreadsheet computes; numbers and amounts stay as they are.

    Args:
        cell: a text that begins as formulas do gets an apostrophe before it.
    """
    if not isinstance(cell, str) or cell[:1] not in set("=+-@\t\r\n"):
        return cell
    number = fullmatch(r"[+-]?[0-9,]*\.?[0-9]+( [A-Z]{3})?", cell)
    return cell if number else f"'{cell}"
