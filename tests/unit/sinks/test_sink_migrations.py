"""The migration files themselves, before any database sees them."""

import re

import pytest

from sinks.migrate import Migration, released


def test_migrations_are_numbered_without_gaps() -> None:
    """One a table to begin with, in order."""
    names = [migration.name for migration in released()]
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_statements_are_separated_by_semicolons_at_line_ends() -> None:
    """A semicolon inside a line, as in a comment, separates nothing."""
    text = "-- one; still one\nselect 1;\nselect ';';  \n\n"
    migration = Migration("0001_x.sql", text)
    assert migration.statements() == ["-- one; still one\nselect 1", "select ';'"]


@pytest.mark.parametrize("migration", released(), ids=lambda one: one.name)
def test_every_migration_has_a_form_for_one_node_and_for_a_cluster(
    migration: Migration,
) -> None:
    """Placeholders are filled either way; server-side braces would stay.

    On a cluster every statement is carried out everywhere, and whatever holds rows is
    replicated: a table, and a materialized view or a new engine just the same.
    """
    for cluster in ("", "main"):
        for statement in migration.statements(cluster):
            bare = re.sub(r"--.*", "", statement)
            assert "{" not in bare
            kind = re.match(
                r"\s*(CREATE TABLE|CREATE VIEW|CREATE MATERIALIZED VIEW|ALTER TABLE)\b",
                bare,
            )
            assert kind, "another statement may not be carried out everywhere: see here"
            assert ("ON CLUSTER `main`" in bare) == bool(cluster)
            engines = re.findall(r"\bENGINE\s*=?\s*(\w+)", bare)
            holds_rows = kind[1] == "CREATE TABLE" or (
                kind[1] == "CREATE MATERIALIZED VIEW" and not re.search(r"\bTO\b", bare)
            )
            assert engines or not holds_rows
            for engine in engines:
                assert engine.endswith("MergeTree")
                assert engine.startswith("Replicated") == bool(cluster)


def test_a_changed_text_has_another_checksum() -> None:
    """So that an edited migration is noticed."""
    assert Migration("a", "x").checksum != Migration("a", "x ").checksum
