"""`parcours up`: starts a system in order, watches it, ends it in order."""

import asyncio
import contextlib
import http.client
import os
import signal
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from parcours import kafka_admin, running
from parcours.asking import HttpAsker
from parcours.door import KAFKA
from parcours.embedded.children import Backoff, Child, Command, Kept, describe
from parcours.embedded.plan import ANSWERS_PORT, ANSWERS_TOKEN, Plan
from parcours.embedded.ports import LOOPBACK

BROKER_SECONDS: Final = 30.0
PREPARE_SECONDS: Final = 300.0
ANSWER_SECONDS: Final = 120.0
TRIES: Final = 4
POLL_SECONDS: Final = 0.1
PROBE_SECONDS: Final = 2.0
WORKER_GRACE_SECONDS: Final = 20.0
API_GRACE_SECONDS: Final = 10.0
BROKER_GRACE_SECONDS: Final = 5.0
# Without its broker no worker can save anything, nor leave its group; a sink can still
# write what it has read.
LOST_WORKER_GRACE_SECONDS: Final = 1.0
LOST_SINK_GRACE_SECONDS: Final = 5.0

EX_USAGE: Final = 2
EX_CONFIG: Final = 78
# A command that does not know its arguments or settings, and a worker that met its limit
# of dead letters, would end the same way again.
FINAL_CODES: Final = frozenset({EX_USAGE, EX_CONFIG})

Say = Callable[[str], None]


class SystemFailedError(RuntimeError):
    """The system cannot start or go on; the message says which part, and its last words."""


class _BrokerLostError(Exception):
    """The embedded broker ended, and with it the log."""


class _StoppedError(Exception):
    """Somebody asked us to end."""


class Supervisor:
    """Runs one plan until it is asked to stop or a part must not go on."""

    def __init__(self, plan: Plan, say: Say, backoff: Backoff | None = None) -> None:
        """Nothing starts before `run`.

        Args:
            plan: what to run.
            say: told, in words, what happens.
            backoff: waits between restarts.
        """
        self._plan = plan
        self._say = say
        self._backoff = backoff or Backoff()
        self._stop = asyncio.Event()
        self._changed = asyncio.Event()
        self._serving = False
        self._broker: Child | None = None
        self._sink: Kept | None = None
        self._workers: list[Kept] = []
        self._api: Kept | None = None

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or SIGHUP, then end all in order.

        Raises:
            SystemFailedError: a part does not start, or must not be started again.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        lost = 0
        while not self._stop.is_set():
            try:
                await self._live()
            except _StoppedError:
                self._say("ending")
            except _BrokerLostError:
                lost += 1
                self._say("the broker ended: all starts again, on an empty log")
            finally:
                running.forget(self._plan.data_dir)
                await self._end()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self._backoff.seconds(lost))

    async def _live(self) -> None:
        """One life of the broker; ends only by an exception."""
        self._serving = False
        if self._plan.broker:
            self._broker = await Child.start(self._plan.broker)
            await self._guarded(self._broker_answers(), BROKER_SECONDS, "the broker")
        await self._guarded(self._prepared(), PREPARE_SECONDS, "prepare")
        self._sink = self._kept(self._plan.sink)
        self._workers = [self._kept(command) for command in self._plan.workers]
        self._api = self._kept(self._plan.api)
        kept = self._all_kept()
        runs = [asyncio.ensure_future(one.run()) for one in kept]
        try:
            await self._guarded(
                self._all_answer(kept), ANSWER_SECONDS, "worker, sink or API", runs
            )
            self._serving = True
            await self._guarded(self._publish_changes(), None, "", runs)
        finally:
            for run in runs:
                run.cancel()
            await asyncio.gather(*runs, return_exceptions=True)

    async def _guarded(
        self,
        work: Coroutine[object, object, None],
        seconds: float | None,
        what: str,
        runs: Iterable[asyncio.Future[int]] = (),
    ) -> None:
        """Do the work, unless we are stopped, the broker ends, or a part is done for."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._stop.wait())
        lost = asyncio.ensure_future(_end_of(self._broker))
        try:
            watched: set[asyncio.Future[Any]] = {task, stop, lost, *runs}
            done, _ = await asyncio.wait(
                watched,
                timeout=seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for future in (task, stop, lost):
                future.cancel()
            await asyncio.gather(task, stop, lost, return_exceptions=True)
        if stop in done:
            raise _StoppedError
        if task in done:
            return task.result()
        if lost in done:
            raise self._broker_lost()
        raise self._failure(what, seconds)

    def _broker_lost(self) -> Exception:
        if self._broker and not self._serving:
            # Starting it again would end the same way.
            return SystemFailedError(_words("the broker ended", self._broker))
        return _BrokerLostError()

    def _failure(self, what: str, seconds: float | None) -> SystemFailedError:
        for one in self._all_kept():
            if one.ended and one.child and one.child.code is not None:
                reason = f"{one.command.name}: {describe(one.child.code)}"
                return SystemFailedError(_words(reason, one.child))
        message = f"{what} did not answer within {seconds:g} s"
        return SystemFailedError(f"{message}; see {self._plan.data_dir / 'logs'}/")

    def _final(self, code: int, restarts: int) -> bool:
        """Whether a part that ended must not be started again.

        One that never served in several tries will not do so in the next.
        """
        return code in FINAL_CODES or (not self._serving and restarts >= TRIES)

    def _kept(self, command: Command) -> Kept:
        return Kept(command, self._final, self._say, self._changed.set, self._backoff)

    async def _broker_answers(self) -> None:
        servers = self._plan.environment[KAFKA]
        await _until(lambda: kafka_admin.answers(servers))
        self._say(f"broker answers on {servers}")

    async def _prepared(self) -> None:
        child = await Child.start(self._plan.prepare)
        try:
            code = await child.wait()
        finally:
            await child.stop(0.0)
        if code:
            raise SystemFailedError(_words(f"prepare: {describe(code)}", child))

    async def _all_answer(self, kept: list[Kept]) -> None:
        for one in kept:
            port = one.command.metrics_port
            if port:
                await _until(partial(_metrics_answer, port))
        asker = self._asker()
        if asker:
            await _until(asker.answers)

    def _asker(self) -> HttpAsker | None:
        environment = self._plan.environment
        port = int(environment.get(ANSWERS_PORT, "0"))
        return HttpAsker(port, environment.get(ANSWERS_TOKEN, "")) if port else None

    def _publish(self) -> None:
        children = [self._broker, *(one.child for one in self._all_kept())]
        me = running.identify("supervisor", os.getpid())
        run = running.Run(
            me,
            datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - the door's
            list(self._plan.embedded),
            self._plan.environment,
            [child.identity for child in children if child],
        )
        running.write(self._plan.data_dir, run)

    async def _publish_changes(self) -> None:
        """Write `run.json`, and again whenever a process was replaced; never ends."""
        logs = self._plan.data_dir / "logs"
        self._say(f"running; `parcours status` tells more, logs are in {logs}/")
        while True:
            self._changed.clear()
            self._publish()
            await self._changed.wait()

    def _all_kept(self) -> list[Kept]:
        return [one for one in (self._sink, *self._workers, self._api) if one]

    async def _end(self) -> None:
        """The API, then workers, then the sink, then the broker."""
        workers = sink = WORKER_GRACE_SECONDS
        if self._broker and self._broker.code is not None:
            workers, sink = LOST_WORKER_GRACE_SECONDS, LOST_SINK_GRACE_SECONDS
        if self._api:
            await self._api.stop(API_GRACE_SECONDS)
        await asyncio.gather(*(one.stop(workers) for one in self._workers))
        if self._sink:
            await self._sink.stop(sink)
        if self._broker:
            await self._broker.stop(BROKER_GRACE_SECONDS)
        self._workers, self._sink, self._broker = [], None, None
        self._api = None


def _words(what: str, child: Child) -> str:
    return f"{what}\n{child.last_words()}\n(all of it: {child.command.log})"


async def _until(answers: Callable[[], bool]) -> None:
    """Ask, in a thread, until the answer is yes: nobody would tell us by himself."""
    while not await asyncio.to_thread(answers):  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)


def _metrics_answer(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


async def _end_of(child: Child | None) -> None:
    """Return when the child ends; never where there is none."""
    await (child.wait() if child else asyncio.Event().wait())
