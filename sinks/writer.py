"""Writing a batch: inserts in a thread, retries by class of error, dead letters."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from schemas import tables, topics
from schemas.failure import Reason, Rejected
from sinks.batch import Refused
from sinks.failures import DatabaseError
from sinks.marks import read_marks
from sinks.rows import received_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sinks.batch import Batch, Lot
    from sinks.clickhouse import Database
    from sinks.marks import Marks
    from sinks.refusals import Refusals
    from sinks.tally import Pulse, Tally

FIRST_BACKOFF_SECONDS: Final = 0.5
LONGEST_BACKOFF_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
"""How long a stopping sink still tries to write what it has read."""

_T = TypeVar("_T")
logger = logging.getLogger(__name__)


class StoppedError(RuntimeError):
    """The sink was asked to end, and the database would not take the rest in time."""


class Writer:
    """Lands batches, one at a time, however often the database must be asked.

    Attributes:
        pending: rows of the batch at hand that are still to be written; set by whoever
            hands a batch over, counted down here.
    """

    def __init__(
        self, database: Database, refusals: Refusals, tally: Tally, pulse: Pulse
    ) -> None:
        """Prepare.

        Args:
            database: where to.
            refusals: what is done with rows that cannot land.
            tally: what is counted.
            pulse: told of every attempt, good or bad.
        """
        self._database = database
        self._refusals = refusals
        self._tally = tally
        self._pulse = pulse
        self._thread = ThreadPoolExecutor(1, "sink-writer")
        self._stopping = asyncio.Event()
        self._stop_at = 0.0
        self._refused_run = 0
        self.pending = 0

    def stop(self) -> None:
        """Give up, instead of trying again, after `STOP_SECONDS`."""
        self._stop_at = time.monotonic() + STOP_SECONDS
        self._stopping.set()

    def close(self) -> None:
        """End the thread, once its insert is done."""
        self._thread.shutdown(wait=False)

    async def marks(self, logs: Mapping[str, str]) -> Marks:
        """How far the tables are; `logs` is topic → identity of its log.

        Raises:
            DatabaseError: the database does not answer.
        """
        return await self._ask(lambda: read_marks(self._database, logs))

    async def write(self, batch: Batch) -> None:
        """Land a batch: every row is in its table, or in the dead letters.

        Raises:
            DatabaseError: what trying again cannot help.
            KafkaError: a dead letter was not delivered.
            StoppedError: see there.
        """
        for refused in batch.refused:
            await self._refuse(refused)
        for lot in batch.lots.values():
            newest, unreadable = await self._ask(lot.newest)
            replaced = len(lot.rows) - len(newest.rows) - len(unreadable)
            self.pending -= replaced
            self._tally.replaced(lot.landing.table.name, replaced)
            for refused in unreadable:
                await self._refuse(refused)
            await self._land(newest)

    async def _ask(self, question: Callable[[], _T]) -> _T:
        """Run something that talks to the database, in the writer's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)

    def forget(self) -> int:
        """Rows of an abandoned batch that were still to be written."""
        pending, self.pending = self.pending, 0
        return pending

    async def _land(self, lot: Lot) -> None:
        """Insert a lot; after a doubtful end ask what is there before trying again."""
        attempts = unknown = 0
        while True:
            started = time.monotonic()
            try:
                if attempts:
                    lot = await self._rest(lot)
                await self._ask(lambda lot=lot: self._insert(lot))  # type: ignore[misc]
            except DatabaseError as error:
                self._failed(lot, error)
                if error.kind == "poison" or (error.kind == "unknown" and unknown):
                    return await self._divide(lot, error)
                if error.kind == "fatal":
                    raise
                unknown += error.kind == "unknown"
                await self._back_off(attempts)
                attempts += 1
            else:
                return self._landed(lot, time.monotonic() - started)

    def _insert(self, lot: Lot) -> None:
        if lot.rows:
            landing = lot.landing
            self._database.load(
                landing.table, landing.select, lot.body(), {"kafka_log": lot.log}
            )

    async def _rest(self, lot: Lot) -> Lot:
        """What the table does not have of a lot whose insert failed."""
        topic = lot.landing.topic.name
        rest = (await self.marks({topic: lot.log})).rest(lot)
        skipped = len(lot.rows) - len(rest.rows)
        if skipped:
            self.pending -= skipped
            self._tally.skipped(lot.landing.table.name, skipped)
        return rest

    async def _divide(self, lot: Lot, error: DatabaseError) -> None:
        """Find the rows that spoil a lot; the first half must land before the second."""
        if len(lot.rows) > 1:
            for half in lot.halves():
                await self._land(half)
            return
        if error.kind == "unknown" or lot.landing.table == tables.DEAD_LETTERS:
            raise error
        self._refused_run += 1
        if self._refused_run > self._refusals.max_run:
            message = f"{self._refused_run} rows in a row were refused: {error}"
            raise DatabaseError(message, error.code, "fatal")
        # The database's own words may quote the row.
        why = Rejected(Reason.ROW_REFUSED, f"ClickHouse error {error.code}")
        await self._refuse(Refused(lot.landing, lot.log, lot.rows[0], why))

    async def _refuse(self, refused: Refused) -> None:
        await self._refusals.send(refused)
        self.pending -= 1
        self._tally.rejected(refused)

    def _landed(self, lot: Lot, seconds: float) -> None:
        if not lot.rows:
            return
        self._refused_run = 0
        self.pending -= len(lot.rows)
        self._tally.landed(lot, seconds)
        self._pulse.beat()
        if lot.landing.topic == topics.ENRICHED:
            oldest = received_at(lot.rows[0].value)
            self._tally.end_to_end(oldest)

    def _failed(self, lot: Lot, error: DatabaseError) -> None:
        table = lot.landing.table.name
        # Of a refused row no word of the database is logged: it may quote the row.
        words = "" if error.kind == "poison" else str(error)
        logger.warning(
            "sink_insert_failed table=%s rows=%d kind=%s code=%d error=%s",
            table,
            len(lot.rows),
            error.kind,
            error.code,
            words,
        )
        self._tally.failed(error)
        self._tally.retried(error.kind)
        self._pulse.beat()

    async def _back_off(self, attempts: int) -> None:
        """Wait before the next attempt: exponential, with full jitter."""
        if self._stopping.is_set() and time.monotonic() > self._stop_at:
            message = "the database did not take the last batch"
            raise StoppedError(message)
        longest = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2**attempts)
        seconds = random.uniform(0.0, longest)  # noqa: S311 - jitter, no secret
        if self._stopping.is_set():
            await asyncio.sleep(min(seconds, FIRST_BACKOFF_SECONDS))
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
