"""Files of every kind as rows; what is broken costs its row, not the file."""

import gzip
import io
from pathlib import Path

import pytest

from parcours.producing.feed import Feed
from parcours.producing.files import FileError, lines, open_input, table
from parcours.producing.keys import strongest_identifier
from parcours.producing.sending import Tally
from parcours.producing.table import Refused, Row, Table

CSV = b'id,who\r\n1,a\r\n2,"b, c"\r\n'


def read(path: Path, form: str | None = None) -> Table:
    return table(open_input(str(path), form), ",", "utf-8-sig")


def values(found: Table) -> list[tuple[object, ...]]:
    return [tuple(row.values) for row in found.rows if isinstance(row, Row)]


def test_csv_has_columns_and_rows(tmp_path: Path) -> None:
    """Quotes, and a byte order mark in front, are understood."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + CSV)
    found = read(path)
    assert found.columns == ("id", "who")
    assert values(found) == [("1", "a"), ("2", "b, c")]


def test_a_gzipped_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    """Whatever its name says."""
    for name in ("a.csv.gz", "b.csv"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(CSV))
        assert len(values(read(path))) == 2


def test_a_row_of_the_wrong_width_is_refused_by_number(tmp_path: Path) -> None:
    """The rows around it are read."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,who\n1,a\n2\n3,c,d\n4,e\n")
    found = list(read(path).rows)
    assert [type(row) for row in found] == [Row, Refused, Refused, Row]
    assert found[1] == Refused(2, "it has 1 columns, the header 2")


def test_a_file_of_the_same_bytes_has_the_same_identity(tmp_path: Path) -> None:
    """So that ids made from it do not depend on its name."""
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_bytes(CSV)
    two.write_bytes(CSV)
    assert read(one).file == read(two).file != "stdin"


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    """Nobody could tell which is meant."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,id\n1,2\n")
    with pytest.raises(FileError, match="two columns have one name"):
        read(path)


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    """Also where it is gzipped once more."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq  # noqa: PLC0415

    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": [1, 2], "who": ["a", None]}), buffer)
    for name, content in (
        ("a.parquet", buffer.getvalue()),
        ("b.parquet.gz", gzip.compress(buffer.getvalue())),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert values(read(path)) == [(1, "a"), (2, None)]


def test_what_is_not_parquet_says_so(tmp_path: Path) -> None:
    """A message, not a traceback."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(FileError, match="it is not Parquet"):
        read(path)


def test_a_damaged_gzip_file_ends_with_a_message(tmp_path: Path) -> None:
    """What came before the damage has been read."""
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(b'{"id":1}\n' * 100_000)[:-20])
    found = lines(open_input(str(path), None))
    with pytest.raises(FileError, match="damaged"):
        list(found)


def test_an_unknown_ending_asks_for_the_format(tmp_path: Path) -> None:
    """Nothing is guessed."""
    path = tmp_path / "a.txt"
    path.write_bytes(CSV)
    with pytest.raises(FileError, match="say its --format"):
        open_input(str(path), None)
    assert len(values(read(path, "csv"))) == 2


def test_lines_of_ndjson_are_sent_as_they_are(tmp_path: Path) -> None:
    """Broken ones too: the pipeline answers for them. Blank ones are counted."""
    path = tmp_path / "a.ndjson"
    first = b'{"actor": {"customer_id": "c"},  "id":1}'
    path.write_bytes(first + b"\r\n\nbroken \xff\x00\n")
    tally = Tally()
    feed = Feed([str(path), str(path)], None, None, None, strongest_identifier, tally)
    assert feed.size == 2 * path.stat().st_size
    once = [(b"customer_id:c", first), (None, b"broken \xff\x00")]
    assert list(feed.pairs()) == once * 2
    assert (tally.rows, tally.blank, tally.refused) == (6, 2, 0)
    assert feed.read_bytes() == feed.size


def test_objects_that_are_none_are_refused_under_a_mapping(tmp_path: Path) -> None:
    """NDJSON with a mapping is rows, and a row must be an object."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"a":1}\n[1]\n{\n')
    found = list(read(path).rows)
    assert [type(row) for row in found] == [Row, Refused, Refused]


def test_keys_are_the_strongest_identifier() -> None:
    """A known address and its hash have the same key; so they stay in order."""
    clear = strongest_identifier(b'{"actor":{"email":" A@b.C ","anonymous_id":"x"}}')
    assert clear
    digest = clear.removeprefix(b"email_hash:").decode()
    hashed = b'{"actor":{"email_hash":"' + digest.encode() + b'"}}'
    assert strongest_identifier(hashed) == clear
    both = b'{"actor":{"anonymous_id":"x","customer_id":"7"}}'
    assert strongest_identifier(both) == b"customer_id:7"


@pytest.mark.parametrize(
    "value",
    [b"", b"{}", b"null", b'{"actor":[]}', b'{"actor":{}}', b"\xff", b"[" * 100_000],
)
def test_a_value_without_identifier_has_no_key(value: bytes) -> None:
    """It is sent all the same, to be rejected with a reason."""
    assert strongest_identifier(value) is None
