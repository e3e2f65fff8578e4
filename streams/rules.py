"""The rules of the journey agent, as the settings name them."""

from importlib import resources
from pathlib import Path

import yaml

from schemas.settings import Settings
from streams.activation.rules import MessageRules, rules_from
from streams.identity.links import policy_of
from streams.journey.live import Rules
from streams.journey.model import models_of
from streams.journey.policy import SessionPolicy, policy_from
from streams.model_files import load_models


def load_rules(settings: Settings) -> Rules:
    """The session policy and the journey models that the settings name.

    Raises:
        OSError: the session file cannot be read.
        msgspec.ValidationError: it does not have the form it must have.
        ModelError: a model file cannot be read, or means no model.
        LimitError: the limits of linking are not such.
    """
    policy = SessionPolicy()
    if settings.session_file:
        policy = policy_from(yaml.safe_load(Path(settings.session_file).read_text()))
    any_type = settings.unknown_types == "accept"
    models = models_of(load_models(settings.model_file, any_type=any_type))
    return Rules(
        policy,
        models,
        links=policy_of(settings.identity_limits),
        messages=load_message_rules(settings, policy),
    )


def load_message_rules(settings: Settings, policy: SessionPolicy) -> MessageRules:
    """The message rules that the settings name.

    Raises:
        OSError: the named file cannot be read.
        msgspec.ValidationError, RuleError: it does not have the form it must have.
    """
    if settings.message_file:
        text = Path(settings.message_file).read_text()
    else:
        built_in = resources.files("streams.activation") / "default_messages.yaml"
        text = built_in.read_text(encoding="utf-8")
    return rules_from(
        yaml.safe_load(text),
        salt=settings.message_salt,
        lateness_ms=max(rule.lateness_ms for rule in policy.rules.values()),
    )
