"""Which member of a person an emitted message belongs to, so that it goes where they go."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy

from schemas.journey import JourneyState
from schemas.messages import Activation, Issued, Report, Span
from streams.activation.occasions import message_id, tells_of
from streams.activation.rules import MessageRules, Rule


def emissions(state: JourneyState, rules: MessageRules) -> dict[str, Issued]:
    """What was emitted for a person, each with the member whose it is; copies.

    A message is the member's that has its occasion, or whose name it bears. Where the
    triggers are forgotten it stays whose it was.

    Args:
        state: the person's.
        rules: the message rules.
    """
    if state.messages is None or not state.messages.issued:
        return {}
    found = {key: copy(issued) for key, issued in state.messages.issued.items()}
    _note(found, state, rules)
    for told in found.values():
        if told.member not in state.members:
            told.member = state.person_id
    return found


def note_owners(state: JourneyState, rules: MessageRules) -> None:
    """Note whose each message is, as long as it can be told; in place.

    Args:
        state: of a person of several members.
        rules: the message rules.
    """
    if state.messages is not None and state.messages.issued:
        _note(state.messages.issued, state, rules)


def _note(
    emitted: Mapping[str, Issued], state: JourneyState, rules: MessageRules
) -> None:
    for identity, owner in _owners(state, emitted, rules).items():
        if identity in emitted:
            emitted[identity].member = owner


def taken(
    issued: dict[str, Issued], state: JourneyState, names: Collection[str]
) -> dict[str, Issued]:
    """What of it some members take along when they leave, or keep when others do.

    What only the other members know to have come of a message, or to have come back of
    it, nobody will know any more: such a message is told again.

    Args:
        issued: as `emissions` returns them; those that are taken are changed.
        state: the person's who is parted.
        names: the members.
    """
    mine = [_of(state, name) for name in names]
    theirs = [_of(state, name) for name in state.members if name not in names]
    found = {}
    for identity, told in issued.items():
        if told.member not in names:
            continue
        found[identity] = told
        at = told.converted_at
        if at and _happened(theirs, at) and not _happened(mine, at):
            told.converted_at, told.person = 0, ""
        if any(identity in memory.reports for memory in theirs):
            told.report, told.person = Report(), ""
    return found


def _of(state: JourneyState, name: str) -> Activation:
    part = state.parts.get(name)
    return (part.messages if part is not None else None) or Activation()


def _happened(memories: Iterable[Activation], at: int) -> bool:
    return any(one.at == at for memory in memories for one in memory.happened)


def _owners(
    state: JourneyState, emitted: Mapping[str, Issued], rules: MessageRules
) -> dict[str, str]:
    """Message → the strongest member that has an occasion for it."""
    owners: dict[str, str] = {}
    telling: dict[str, str] = {}
    for name, rule, key, span in _occasions(state, rules):
        identity = message_id(state.tenant, rule, key, span, name)
        owners.setdefault(identity, name)
        if key and rule.spec.once == "key":
            continue
        for identity, issued in emitted.items():
            if tells_of(issued, rule, key, span):
                telling.setdefault(identity, name)
    # Whose first trigger it names goes before whose earlier one was not known then.
    return telling | owners


def _occasions(
    state: JourneyState, rules: MessageRules
) -> Iterator[tuple[str, Rule, str, Span]]:
    for name in state.members:
        for rule_name, keys in _of(state, name).spans.items():
            rule = rules.rules.get(rule_name)
            if rule is None:
                continue
            for key, spans in keys.items():
                for span in spans:
                    yield name, rule, key, span
