"""The rules of the journey agent, as the settings name them."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from schemas.settings import Settings, SettingsError
from streams.activation.language import RuleError, in_words
from streams.activation.rules import MessageRules, rules_from
from streams.identity.links import policy_of
from streams.journey.live import Rules
from streams.journey.model import models_of
from streams.journey.model_spec import ModelError
from streams.journey.policy import SessionPolicy, policy_from
from streams.model_files import models_of_settings
from streams.yaml_files import documents

_T = TypeVar("_T")


class RuleFileError(SettingsError):
    """A file of rules cannot be read, or cannot mean what it says."""


def load_rules(settings: Settings) -> Rules:
    """The session policy, the journey models and the message rules of the settings.

    Raises:
        RuleFileError: a session, model or message file cannot be read, or cannot mean
            what it says; says which file, where in it, and what to do.
        LimitError: the limits of linking are not such.
    """
    policy = SessionPolicy()
    if settings.session_file:
        policy = _read(settings.session_file, policy_from, "docs/sessions.md")
    try:
        specs = models_of_settings(settings)
    except ModelError as error:
        raise RuleFileError(str(error)) from error
    return Rules(
        policy,
        models_of(specs),
        links=policy_of(settings.identity_limits),
        messages=load_message_rules(settings, policy),
    )


def load_message_rules(settings: Settings, policy: SessionPolicy) -> MessageRules:
    """The message rules that the settings name.

    Raises:
        RuleFileError: see `load_rules`.
    """

    def compiled(document: object) -> MessageRules:
        lateness_ms = max(rule.lateness_ms for rule in policy.rules.values())
        return rules_from(document, salt=settings.message_salt, lateness_ms=lateness_ms)

    if settings.message_file:
        return _read(settings.message_file, compiled, "docs/messages.md")
    built_in = resources.files("streams.activation") / "default_messages.yaml"
    return compiled(yaml.safe_load(built_in.read_text(encoding="utf-8")))


def _read(name: str, compiled: Callable[[object], _T], guide: str) -> _T:
    """What the one YAML document of a file means."""
    found = documents(Path(name), RuleFileError)
    if len(found) != 1 or found[0] is None:
        held = "nothing" if found in ([], [None]) else f"{len(found)} YAML documents"
        message = f"{name}: holds {held}, not one set of rules; {guide} describes it"
        raise RuleFileError(message)
    try:
        return compiled(found[0])
    except msgspec.ValidationError as error:
        message = f"{name}: {in_words(error)}; {guide} describes the language"
        raise RuleFileError(message) from error
    except RuleError as error:
        message = f"{name}: {error}"
        raise RuleFileError(message) from None
