"""Sentences: every code has words in both languages, with the same values in them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from insights.api import problem
from insights.dictionary import dictionary
from insights.funnels.answer import FunnelAnswer
from insights.funnels.checks import check
from insights.funnels.spec import Funnel, FunnelError, Step
from insights.funnels.steps import parse_steps
from insights.sentences import PREFIX, say
from streams.journey.threads import HANDED_OVER, RESOLVED

LANGUAGES = ("en", "fr")
CODES_OF_COST = {
    "cost_ever", "cost_funnel", "cost_net", "cost_one_in", "cost_options", "cost_range"
}  # fmt: skip


def said() -> dict[str, set[str]]:
    """Code → names of the values that the code of the product gives it."""
    found: dict[str, set[str]] = {}
    for file in Path("insights").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    names = {one.arg for one in node.keywords if one.arg}
                    found.setdefault(str(code.value), set()).update(names)
    return found | {code: {"rows", "budget"} for code in CODES_OF_COST}


def test_every_sentence_of_the_product_has_words_in_both_languages() -> None:
    """None is missing, and none is left over."""
    wanted = {PREFIX + code for code in said()}
    assert len(wanted) > 50
    for language in LANGUAGES:
        words = dictionary()[language]
        assert {key for key in words if key.startswith(PREFIX)} == wanted, language


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_name_no_value_that_the_sentence_does_not_bring(language: str) -> None:
    """A `{name}` in the words is a value of the sentence."""
    for code, values in said().items():
        words = dictionary()[language][PREFIX + code]
        assert set(re.findall(r"\{(\w+)\}", words)) <= values, code


def test_every_kind_of_problem_has_words_in_both_languages() -> None:
    """The page tells the kind in the reader's language."""
    kinds = [one for one in vars(problem).values() if isinstance(one, problem.Kind)]
    assert len(kinds) > 8
    for language in LANGUAGES:
        words = dictionary()[language]
        assert all(f"problem.{one.slug}" in words for one in kinds), language
    english = dictionary()["en"]
    assert all(english[f"problem.{one.slug}"] == one.title for one in kinds)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_of_a_thread_has_words(language: str) -> None:
    """Those that are no touchpoint type too."""
    words = dictionary()[language]
    assert all(f"step.{one}" in words for one in (RESOLVED, HANDED_OVER))


def test_a_sentence_has_its_values_in_it() -> None:
    """Whole numbers with their thousands apart; a value is never taken for a name."""
    one = say("capped", many=12_000, unit="{most}", most=10_000)
    assert str(one).startswith("capped: 12,000 {most}s have more than 10,000 touch")
    assert one.values == {"many": 12_000, "unit": "{most}", "most": 10_000}


def test_a_question_that_makes_no_sense_says_so_by_code() -> None:
    """The error has the sentence, for whoever speaks another language."""
    wrong = Funnel((Step("page_viewed", optional=True), Step("order_completed")))
    with pytest.raises(FunnelError, match="cannot be optional") as caught:
        check(wrong)
    assert caught.value.said is not None
    assert caught.value.said.code == "optional_ends"


def test_notes_of_a_funnel_are_sentences() -> None:
    """Both what was left out and what may surprise can be told in another language."""
    kinds = FunnelAnswer.__annotations__
    assert "Sentence" in str(kinds["notes"])
    assert "Sentence" in str(kinds["left_out"])


ENGLISH_ALONE = {
    # Its `message` is a sentence.
    "insights/funnels/checks.py": {"check"},
    # Files that are read when a process starts, for who runs it.
    "insights/funnels/spec.py": {"load"},
    "insights/impact/costs.py": {"read_costs", "_checked", "_cost"},
    "insights/map/plan.py": {"read_plan", "check"},
    "insights/objectives/spec.py": {"read_objectives", "parse_objectives", "_check"},
    "insights/pains/opportunities.py": {"read_owners"},
    "insights/personas/spec.py": {"load_personas", "read_personas", "check"},
    "insights/rollups/registered.py": {"from_folder", "register"},
    # The command line alone asks so.
    "insights/funnels/persons.py": {"choice"},
    "insights/messages.py": {"list_messages"},
    "insights/personas/found.py": {"find_personas", "_fit"},
    "insights/statement.py": {"check", "values_of", "_check_words"},
    # Slips of our own code, which no request can reach.
    "insights/scope.py": {"touchpoints_of"},
    "insights/stages/phases.py": {"read_stages"},
}
"""Where a question may be refused by a plain text, by module and function."""


def refusals() -> dict[str, set[str]]:
    """Module → functions that refuse a question by a text in no dictionary."""
    trees = {f: ast.parse(f.read_text("utf-8")) for f in Path("insights").rglob("*.py")}
    kinds, known = {"QuestionError"}, 0
    while known < len(kinds):
        known = len(kinds)
        kinds |= {
            node.name
            for tree in trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            and any(getattr(base, "id", "") in kinds for base in node.bases)
        }
    found: dict[str, set[str]] = {}
    for file, tree in trees.items():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef) and _refuses(function, kinds):
                found.setdefault(str(file), set()).add(function.name)
    return found


def _refuses(function: ast.FunctionDef, kinds: set[str]) -> bool:
    """Whether it raises one of these errors with what it has put together as `message`."""
    return any(
        isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and getattr(node.exc.func, "id", "") in kinds
        and any(getattr(one, "id", "") == "message" for one in node.exc.args)
        for node in ast.walk(function)
    )


def test_whatever_the_api_refuses_is_said_in_every_language() -> None:
    """A question is refused by a sentence; by a plain text only where no request leads."""
    assert refusals() == ENGLISH_ALONE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_step"),
        ("order_completed[ value ]", "not_condition"),
        ("order_completed[value_minor>1, value_minor>2]", "condition_twice"),
    ],
)
def test_a_step_that_cannot_be_read_is_refused_by_a_sentence(
    text: str, code: str
) -> None:
    """Which, and how a step is written."""
    with pytest.raises(FunnelError) as refused:
        parse_steps([text])
    assert refused.value.said
    assert refused.value.said.code == code
