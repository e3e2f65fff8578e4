"""The guard of `parcours sql`."""

import pytest

from insights.statement import StatementError, check


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "  with x as (select 1) select * from x",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SHOW TABLES",
        "DESCRIBE touchpoints",
        "EXPLAIN SELECT 1",
        "-- a remark; with a semicolon\nSELECT 1",
        "/* one; two */ SELECT ';', \";\", `;`",
        r"SELECT 'it''s; \'; fine'",
        "SELECT $a$;$a$",
        "SELECT 1 -- and no more;",
    ],
)
def test_one_reading_statement_passes_unchanged(sql: str) -> None:
    """One read-only statement passes, also with `;` in literals and comments."""
    assert check(sql) == sql.strip()


@pytest.mark.parametrize("sql", ["SELECT 1;", "SELECT 1 ; \n", "SELECT 1;;"])
def test_semicolon_at_the_end_is_forgiven(sql: str) -> None:
    """A person who ends the statement with `;` is not lectured."""
    assert check(sql) == "SELECT 1"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; DROP TABLE touchpoints",
        "SELECT 1;SELECT 2",
        "SELECT '\\'; SELECT ';DROP TABLE x'; --'",
        "SELECT 1 /* ; */ ; /* */ x",
    ],
)
def test_second_statement_is_refused_and_located(sql: str) -> None:
    """A second statement is refused; the message says where the first one ends."""
    with pytest.raises(StatementError, match=r"; at character \d+ ends"):
        check(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE touchpoints",
        "INSERT INTO touchpoints SELECT 1",
        "SET readonly = 0",
        "SYSTEM STOP MERGES",
        "selected",
        "1",
        "'SELECT'",
    ],
)
def test_statement_that_does_not_read_is_refused(sql: str) -> None:
    """Whatever does not begin like a question is refused, with what may be asked."""
    with pytest.raises(StatementError, match="allowed are SELECT"):
        check(sql)


@pytest.mark.parametrize("sql", ["", " \n", ";", "-- nothing"])
def test_empty_text_is_refused(sql: str) -> None:
    """Nothing to run is said so."""
    with pytest.raises(StatementError, match="no statement"):
        check(sql)


@pytest.mark.parametrize("sql", ["SELECT 'a", "SELECT `a", "SELECT 1 /* a"])
def test_open_quote_or_comment_is_refused_and_located(sql: str) -> None:
    """A quote or comment that never ends could hide anything behind it."""
    with pytest.raises(StatementError, match="never closed"):
        check(sql)


def test_writing_a_file_is_refused() -> None:
    """INTO OUTFILE is a SELECT that writes."""
    with pytest.raises(StatementError, match="writes a file"):
        check("SELECT 1 INTO  outfile '/tmp/x'")
