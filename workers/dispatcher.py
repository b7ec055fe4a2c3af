"""Reads what is due and sends hints. Any number of copies may run; none of them promises anything."""

import logging
import threading
import time
from collections.abc import Callable

from celery import Celery
from sqlalchemy.exc import SQLAlchemyError

from workers import functions, periodic
from workflows.clock import system_clock
from workflows.clock_guard import ClockGuard, Trouble
from workflows.engine import jobs
from workflows.notifications import queries as notifications
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

logger = logging.getLogger(__name__)

SHORTEST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5
SHORTEST_PATIENCE_S = 1.0
LONGEST_PATIENCE_S = 30.0
MOST_HINTS = 500

_CLOCK_SENTENCES = {
    Trouble.NONE: "the machine's clock is trusted again",
    Trouble.JUMPED: "the machine's clock jumped ahead by more than 15 minutes: please check it (luji clock)",
    Trouble.WENT_BACK: "the machine's clock went back: nothing is dispatched until it is right or confirmed",
    Trouble.HELD: "the machine's clock jumped ahead by more than a day: nothing is dispatched until confirmed",
}

Publish = Callable[[str, tuple[str, ...]], None]


class Dispatcher:
    """One copy.

    Args:
        publish: carries a hint: the name of a worker function and ids.
        beat: is told of every look.
        guard: asked before every look whether the machine's clock is to be trusted.
    """

    def __init__(
        self,
        workplace: Workplace,
        publish: Publish,
        beat: Callable[[], None] = lambda: None,
        guard: ClockGuard | None = None,
    ) -> None:
        self._guard = guard
        self._trouble = Trouble.NONE
        self._workplace = workplace
        self._publish = publish
        self._beat = beat
        self._sent: dict[tuple[str, ...], tuple[float, float]] = {}  # hint -> when, and how long to wait for its effect
        self._reconciled_at: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Until told to stop: send hints, pause longer while there is nothing to do."""
        pause = SHORTEST_PAUSE_S
        while not stop.wait(pause):
            try:
                busy = self.once() > 0
                self._beat()
            except SQLAlchemyError as error:
                logger.warning("the database does not answer: %s", error)
                busy = False
            pause = SHORTEST_PAUSE_S if busy else min(pause * 2, LONGEST_PAUSE_S)

    def once(self) -> int:
        """Look once; returns how many hints were sent. Stops at the first one that the broker does not take."""
        if self._is_stopped():
            return 0
        due = self._due()
        self._sent = {hint: self._sent[hint] for hint in due if hint in self._sent}
        sent = 0
        for hint in [hint for hint in due if self._may_send(hint)][:MOST_HINTS]:
            if not self._send(hint):
                break
            sent += 1
        return sent

    def _is_stopped(self) -> bool:
        """Whether the clock is so wrong that nothing may be fired by it."""
        if self._guard is None:
            return False
        trouble = self._guard.look()
        if trouble is not self._trouble:
            self._trouble = trouble
            logger.error(_CLOCK_SENTENCES[trouble])
        return trouble.stops_work

    def _due(self) -> list[tuple[str, ...]]:
        engine = self._workplace.engine
        with self._workplace.database.reading(EVERYWHERE) as session:
            now = jobs.due_now(engine, session)
            hints = [(functions.DRAIN_INSTANCE, row[1]) for row in jobs.due_instances(session, now)]
            messages = notifications.waiting_ids(session)
            starts = jobs.starts_due(session, now)
        found: list[tuple[str, ...]] = [*hints, *((functions.SEND_MESSAGE, *ids) for ids in messages)]
        if starts:
            found.append((functions.START_SCHEDULED,))
        if self._reconciled_at is None or time.monotonic() - self._reconciled_at > periodic.EVERY_S:
            found.append((functions.RECONCILE,))
        return found

    def _may_send(self, hint: tuple[str, ...]) -> bool:
        """What is new is sent at once; what stays due is sent again, less and less often."""
        sent_at, patience = self._sent.get(hint, (0.0, 0.0))
        return time.monotonic() - sent_at >= patience

    def _send(self, hint: tuple[str, ...]) -> bool:
        try:
            self._publish(hint[0], hint[1:])
        except Exception as error:  # the broker is away: the row stays due, the next look sends it again
            logger.warning("no hint could be sent: %s", error)
            return False
        now = time.monotonic()
        # A worker that is behind must not be buried under copies; one that lost the hint must get another.
        patience = min(2 * self._sent[hint][1], LONGEST_PATIENCE_S) if hint in self._sent else SHORTEST_PATIENCE_S
        self._sent[hint] = (now, patience)
        if hint == (functions.RECONCILE,):
            self._reconciled_at = now
        return True


def guard_for(workplace: Workplace) -> ClockGuard | None:
    """SQLite's clock is the machine's; PostgreSQL has one that every worker asks, a moved clock is meant to jump."""
    if not workplace.database.is_sqlite or workplace.engine.clock is not system_clock:
        return None
    return ClockGuard(workplace.settings.home, system_clock)


def publisher(app: Celery) -> Publish:
    """Hints by Celery. The only place that publishes."""

    def publish(name: str, ids: tuple[str, ...]) -> None:
        app.send_task(name, args=list(ids))

    return publish
