"""The session file: what it may say, and what it leaves as it is."""

import msgspec
import pytest
import yaml

from streams.journey.policy import DEFAULT_RULES, MINUTE_MS, SessionPolicy, policy_from


def test_what_a_file_leaves_out_stays_as_it_is_built_in() -> None:
    """Another gap of the web is another gap, and no other kind of session or lateness."""
    policy = policy_from(yaml.safe_load("channels: {web: {gap_minutes: 45}}"))
    web, built_in = policy.rule("web"), DEFAULT_RULES["web"]
    assert (web.kind, web.lateness_ms) == (built_in.kind, built_in.lateness_ms)
    assert web.gap_ms == 45 * MINUTE_MS
    assert policy_from({}) == SessionPolicy(rules={**DEFAULT_RULES})


@pytest.mark.parametrize(
    "text",
    [
        "channels: {webb: {gap_minutes: 45}}",
        "channels: {web: {kind: page}}",
        "channels: {web: {gap_minutes: -1}}",
        "channels: {web: {lateness_hours: -1}}",
        "max_length_hours: 0",
        "gap_minutes: 45",
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(text: str) -> None:
    """A channel, kind or number that would be passed over, or that no session can have."""
    with pytest.raises(msgspec.ValidationError):
        policy_from(yaml.safe_load(text))


def test_a_channel_that_is_given_a_kind_has_the_gap_of_that_kind() -> None:
    """Without one, each of its touchpoints would be a session."""
    policy = policy_from(yaml.safe_load("channels: {social: {kind: web}}"))
    assert policy.rule("social").gap_ms == 30 * MINUTE_MS
    said = "channels: {social: {kind: store, gap_minutes: 5}, web: {kind: ''}}"
    policy = policy_from(yaml.safe_load(said))
    assert policy.rule("social").gap_ms == 5 * MINUTE_MS
    assert policy.rule("web").kind == ""
