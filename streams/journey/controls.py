"""Records of the identified topic that are no touchpoints: time, letters, models, pasts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from msgspec import json

from schemas.failure import bug
from schemas.identity import Letter
from schemas.progress import Adoption, Control, History, Progress, Tick, TimeMark
from schemas.topics import record_key
from streams.journey.adoption import model_of, newer, overlaid
from streams.journey.holdings import Batch, Holdings
from streams.journey.identities import read
from streams.journey.live import Journey, Rules
from streams.journey.outcome import Record

CONTROL: Final = b'{"control":'
"""How each of them begins."""

_decode = json.Decoder(Control).decode
_encode = json.Encoder().encode


class Controls:
    """Reads the control records of a partition.

    Args:
        held: what the partition holds; its rules are replaced when a model is adopted.
        progress: where the partition was left.
        settle: writes a journey that changed.
    """

    __slots__ = ("_adopted", "_base", "_held", "_settle")

    def __init__(
        self,
        held: Holdings,
        progress: Progress,
        settle: Callable[[bytes, Journey, Batch], None],
    ) -> None:
        self._held = held
        self._settle = settle
        self._base = held.rules
        self._adopted = dict(progress.adopted)
        held.rules = self._overlaid()

    def read(self, value: bytes, record: Record, batch: Batch) -> None:
        """Read one of them.

        Args:
            value: its JSON.
            record: where it stands.
            batch: in which it is read.
        """
        control = _decode(value)
        if isinstance(control, Tick):
            self._held.watermark.tick(control)
            self._pass(batch, record.offset)
            batch.outcome.ticks += 1
            return
        if isinstance(control, TimeMark):
            if self._held.is_new(control.sent):
                self._held.watermark.heed(control)
                self._pass(batch, record.offset)
            batch.outcome.ticks += 1
            return
        if isinstance(control, Adoption):
            self._adopt(control, batch)
        elif isinstance(control, History):
            self._learn(control, record, batch)
        elif self._held.is_new(control.sent) and not self._heed(control, record, batch):
            return
        batch.outcome.letters += 1

    def snapshot(self, progress: Progress) -> None:
        """Write what a replay needs into a progress record."""
        progress.adopted = self._adopted

    def _pass(self, batch: Batch, offset: int) -> None:
        """Time may have moved."""
        self._held.timeline.note(self._held.watermark.now)
        self._held.tell_time(batch.post, offset)

    def _heed(self, letter: Letter, record: Record, batch: Batch) -> bool:
        """Do what a letter asks for; whether it could be done."""
        held, post = self._held, batch.post
        key = record_key(letter.tenant, letter.identifier)
        journey = held.touch(batch, key, letter.tenant)
        if held.applied(journey, record.offset):
            return True
        post.open(record.offset)
        now, written = held.watermark.now, (len(post.sent), len(post.links))
        try:
            # What time has made due comes first, as before a touchpoint: so it does not
            # matter where the batch is cut.
            journey.ring(now, held.timeline)
            read(letter, journey, held.rules.links, now, post)
        except Exception as error:  # noqa: BLE001 an error of ours costs one letter
            held.again(batch, key, letter)
            del post.sent[written[0] :], post.links[written[1] :]
            batch.outcome.refuse(record, bug(error, "reading a letter"))
            return False
        batch.told.append((key, letter, now))
        return True

    def _adopt(self, adoption: Adoption, batch: Batch) -> None:
        """Go by another journey model; what is open was opened under the former ones."""
        if not newer(self._adopted, adoption):
            return
        for key, journey in batch.touched.items():
            if journey.changed:
                self._settle(key, journey, batch)
        batch.touched.clear()
        batch.told.clear()
        self._adopted[model_of(adoption).name] = adoption
        self._held.rules = self._overlaid()

    def _overlaid(self) -> Rules:
        models = overlaid(self._base.models, self._adopted)
        return replace(self._base, models=models)

    def _learn(self, history: History, record: Record, batch: Batch) -> None:
        """Tell a person of their past, or send it on to whom they turned out to be."""
        held = self._held
        key = record.key or record_key(history.tenant, history.person_id)
        versions = {spec.name: spec.version for spec in held.rules.models.specs}
        if key not in held.states or versions.get(history.model) != history.version:
            return
        journey = held.touch(batch, key, history.tenant)
        if held.applied(journey, record.offset):
            return
        person = journey.state.merged_into
        if person:
            to = record_key(history.tenant, person)
            batch.outcome.sent.append((to, _encode(history)))
            return
        journey.ring(held.watermark.now, held.timeline)
        journey.learn(history, held.watermark.now)
        batch.told.append((key, history, held.watermark.now))
