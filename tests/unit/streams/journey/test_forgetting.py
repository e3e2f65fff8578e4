"""What leaves a state's memory: whole sessions, and the oldest where there is no room."""

from streams.journey.forgetting import forget
from tests.factories.histories import Event, days_later, folded, seen_of
from tests.factories.identified import rules

RULES = rules()
NAME = "customer_id:1"


def test_a_session_is_forgotten_whole_or_not_at_all() -> None:
    """While its last touchpoint may still be corrected, its first one stays too."""
    made = seen_of([Event(20 * n, "page_viewed", NAME, "d1", 0) for n in range(10)])
    state = folded(NAME, made, RULES)
    # Web: 24 hours late, 24 hours long, 30 minutes of silence.
    border = days_later(2 + 30 / 1440)
    forget(state, RULES.policy, RULES.models, RULES.emotion, border + 100 * 60_000)
    assert len(state.recent) == 10
    forget(state, RULES.policy, RULES.models, RULES.emotion, border + 181 * 60_000)
    assert not state.recent
    assert len(state.known) == 80


def test_silence_parts_what_is_forgotten() -> None:
    """A session before a silence goes by itself, and one at another device stays."""
    made = seen_of(
        [
            Event(0, "page_viewed", NAME, "d1", 0),
            Event(31, "page_viewed", NAME, "d1", 0),
            Event(20, "page_viewed", NAME, "d2", 0),
        ]
    )
    state = folded(NAME, made, RULES)
    forget(state, RULES.policy, RULES.models, RULES.emotion, days_later(2 + 35 / 1440))
    assert [fact.id for fact in state.recent] == ["e2", "e1"]
    assert state.sessions_total == 3
