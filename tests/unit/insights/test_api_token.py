"""Tokens of the API: made, kept as hashes, read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from insights.api.entrance import host_of, is_loopback
from insights.api.token import Tokens, TokensFile, make_token, read_tokens
from schemas.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_token_made_opens_what_its_entry_says(tmp_path: Path) -> None:
    """The file has the hash alone; another token opens nothing."""
    token, entry = make_token("board", ["a", "b"], ["answers:read"], "2027-01-01")
    file = tmp_path / "tokens.yaml"
    file.write_bytes(msgspec.yaml.encode(TokensFile((entry,))))
    assert token not in file.read_text()
    tokens = read_tokens(file, 600)
    found = tokens.principal(token, 1_700_000_000.0)
    assert found
    assert (found.name, found.scopes, found.per_minute) == (
        "board",
        ("answers:read",),
        600,
    )
    assert [found.may_see(tenant) for tenant in "abc"] == [True, True, False]
    assert tokens.principal(token + "x", 0.0) is None
    assert tokens.principal("", 0.0) is None
    assert tokens.principal("\udcff", 0.0) is None


def test_a_token_ends_with_its_last_moment() -> None:
    """At midnight, UTC, of the day that it names."""
    token, entry = make_token("a", ["*"], ["answers:read"], "2027-01-01")
    tokens, midnight = Tokens([entry], 600), 1_798_761_600.0
    assert tokens.principal(token, midnight - 0.001)
    assert tokens.principal(token, midnight) is None


def test_two_tokens_are_never_the_same() -> None:
    """And long enough that nobody guesses one."""
    made = {make_token("a", ["*"], ["answers:read"])[0] for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 50


@pytest.mark.parametrize(
    "text",
    [
        "tokens: [{name: a, sha256: abc, tenants: [x], scopes: [answers:read]}]",
        f"tokens: [{{name: a, sha256: {'0' * 64}, tenants: [x], scopes: [sql]}}]",
        f"tokens: [{{name: a, sha256: {'0' * 64}, tenants: [], scopes: [live:read]}}]",
        f"tokens: [{{name: a, sha256: {'0' * 64}, tenants: [x], scopes: []}}]",
        (
            f"tokens: [{{name: a, sha256: {'0' * 64}, tenants: [x], scopes: [live:read], "
            "expires: soon}]"
        ),
        "token: []",
        "- a",
        "{",
    ],
)
def test_a_file_that_is_not_right_is_refused(tmp_path: Path, text: str) -> None:
    """Nobody finds out later that a token opens nothing, or everything."""
    file = tmp_path / "tokens.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError):
        read_tokens(file, 600)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """It does not mean that everybody may come in."""
    with pytest.raises(SettingsError, match="cannot be read"):
        read_tokens(tmp_path / "none", 600)


def test_host_names_are_read_as_they_come() -> None:
    """With and without port, in brackets, in any case."""
    told = ("Localhost:80", "127.0.0.1", "[::1]:8780", "a.example:1")
    assert [host_of(one) for one in told] == [
        "localhost",
        "127.0.0.1",
        "::1",
        "a.example",
    ]


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.org", False),
    ],
)
def test_only_the_loopback_is_the_loopback(host: str, *, loopback: bool) -> None:
    """What others can reach needs tokens."""
    assert is_loopback(host) is loopback
