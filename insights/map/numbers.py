"""Each number of a map as it is shown: its query, its row, its text."""

from dataclasses import dataclass

from insights.map.answer import Deviation, Finding, Stage, Volume
from insights.map.drawing import Number
from insights.map.words import Words


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the map: all of it, a phase, a channel, a type, or several of these."""

    phase: str = ""
    channel: str = ""
    type: str = ""

    @property
    def row(self) -> dict[str, str]:
        """The row of the volumes that is about it."""
        if self.type:
            level = "cell" if self.channel else "type"
        elif self.channel:
            level = "channel" if self.phase else "lane"
        else:
            level = "phase" if self.phase else "all"
        keys = {"phase": self.phase, "channel": self.channel, "type": self.type}
        return {"level": level} | {key: value for key, value in keys.items() if value}


def count(volume: Volume, name: str, part: Part, words: Words) -> Number:
    """A whole number of the volumes."""
    value = getattr(volume, name)
    return Number(name, part.row, value, words.number(value), words[f"measure.{name}"])


def in_no_phase(value: int, words: Words) -> Number | None:
    """How many touchpoints lie in no phase, where there are any."""
    if not value:
        return None
    title = words["measure.in_no_phase"]
    return Number("in_no_phase", {}, value, words.number(value), title)


def share(volume: Volume, name: str, part: Part, words: Words) -> Number | None:
    """A share of the volumes, where there is one."""
    value = getattr(volume, name)
    if value is None:
        return None
    return Number(name, part.row, value, words.percent(value), words[f"measure.{name}"])


def mood(volume: Volume, name: str, part: Part, words: Words) -> Number | None:
    """A mean emotion, where there is one."""
    value = getattr(volume, name)
    if value is None:
        return None
    text = words.signed(value, 2)
    return Number(name, part.row, value, text, words[f"measure.{name}"])


def progress(stage: Stage, name: str, words: Words) -> Number | None:
    """A number of how persons get on from a phase."""
    value = getattr(stage, name)
    if value is None:
        return None
    form = {"conversion": words.percent, "dwell_ms": words.duration}
    text = form.get(name, words.number)(value)
    return Number(name, {"phase": stage.phase}, value, text, words[f"measure.{name}"])


def actual(deviation: Deviation, words: Words) -> Number | None:
    """What a deviation from the plan measures."""
    where, what, value = deviation.phase, deviation.what, deviation.actual
    if value is None:
        return None
    if deviation.kind != "target":
        row = Part(where, type=what).row
        return Number("share", row, value, words.percent(value), words["measure.share"])
    if what == "mood":
        name, row, text = "observed_mean", Part(where).row, words.signed(value, 2)
    elif what == "conversion":
        name, row, text = what, {"phase": where}, words.percent(value)
    else:
        name, row, text = "dwell_ms", {"phase": where}, words.duration(value)
    return Number(name, row, value, text, words[f"measure.{name}"])


def planned(deviation: Deviation, words: Words) -> str:
    """What the plan expected instead."""
    value = deviation.expected
    if value is None:
        return ""
    if deviation.kind == "target" and deviation.what == "mood":
        return words.signed(value, 2)
    if deviation.kind == "target" and deviation.what == "dwell_ms":
        return words.duration(value)
    return words.percent(value)


def finding_name(finding: Finding, words: Words) -> str:
    """What a finding is about; of an opportunity, whether more of it or less."""
    name = words.touchpoint(finding.type)
    sign = {"opportunity": "+ ", "relief": "\u2212 "}.get(finding.kind, "")
    where = words.channel(finding.row["channel"]) if "channel" in finding.row else ""
    return f"{sign}{name} · {where}" if where else f"{sign}{name}"
