"""Which member of a person an emitted message belongs to, so that it goes where they go."""

from copy import copy

from schemas.journey import JourneyState
from schemas.messages import Activation, Issued
from streams.activation.occasions import message_id
from streams.activation.rules import MessageRules


def emissions(state: JourneyState, rules: MessageRules) -> dict[str, Issued]:
    """What was emitted for a person, each with the member whose it is; copies.

    A message is the member's that has its occasion, the strongest name of several. Where
    the triggers are forgotten it stays whose it was.

    Args:
        state: the person's.
        rules: the message rules.
    """
    if state.messages is None or not state.messages.issued:
        return {}
    owners = _owners(state, rules)
    found = {}
    for identity, issued in state.messages.issued.items():
        told = found[identity] = copy(issued)
        told.member = owners.get(identity) or told.member
        if told.member not in state.members:
            told.member = state.person_id
    return found


def _owners(state: JourneyState, rules: MessageRules) -> dict[str, str]:
    """Message → the strongest member that has an occasion for it."""
    owners: dict[str, str] = {}
    for name in state.members:
        memory = state.parts[name].messages or Activation()
        for rule_name, keys in memory.spans.items():
            rule = rules.rules.get(rule_name)
            if rule is None:
                continue
            for key, spans in keys.items():
                for span in spans:
                    identity = message_id(state.tenant, rule, key, span)
                    owners.setdefault(identity, name)
    return owners

