"""Reads what is due and sends hints. Any number of copies may run; none of them promises anything."""

import logging
import threading
import time
from collections.abc import Callable

from celery import Celery
from sqlalchemy.exc import SQLAlchemyError

from workers import functions, periodic
from workflows.engine import jobs
from workflows.notifications import queries as notifications
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

logger = logging.getLogger(__name__)

SHORTEST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5
RESEND_AFTER_S = 30
MOST_HINTS = 500

Publish = Callable[[str, tuple[str, ...]], None]


class Dispatcher:
    """One copy. `publish` carries a hint: the name of a worker function and ids."""

    def __init__(self, workplace: Workplace, publish: Publish) -> None:
        self._workplace = workplace
        self._publish = publish
        self._sent: dict[tuple[str, ...], float] = {}
        self._reconciled_at: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Until told to stop: send hints, pause longer while there is nothing to do."""
        pause = SHORTEST_PAUSE_S
        while not stop.wait(pause):
            try:
                busy = self.once() > 0
            except SQLAlchemyError as error:
                logger.warning("the database does not answer: %s", error)
                busy = False
            pause = SHORTEST_PAUSE_S if busy else min(pause * 2, LONGEST_PAUSE_S)

    def once(self) -> int:
        """Look once; returns how many hints were sent."""
        hints = [hint for hint in self._due() if self._may_send(hint)]
        for hint in hints[:MOST_HINTS]:
            self._send(hint)
        return len(hints)

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
            self._reconciled_at = time.monotonic()
            found.append((functions.RECONCILE,))
        return found

    def _may_send(self, hint: tuple[str, ...]) -> bool:
        """A hint that was just sent is given time; it is sent again when nothing came of it."""
        # An instance may have a new due job right after its last one was done: ask again soon, but not at once.
        patience = 1.0 if hint[0] == functions.DRAIN_INSTANCE else RESEND_AFTER_S
        sent = self._sent.get(hint)
        return sent is None or time.monotonic() - sent >= patience

    def _send(self, hint: tuple[str, ...]) -> None:
        try:
            self._publish(hint[0], hint[1:])
        except Exception as error:  # the broker is away: the row stays due, the next look sends it again
            logger.warning("no hint could be sent: %s", error)
            return
        self._sent[hint] = time.monotonic()
        if len(self._sent) > 10 * MOST_HINTS:
            oldest = time.monotonic() - RESEND_AFTER_S
            self._sent = {key: at for key, at in self._sent.items() if at > oldest}


def publisher(app: Celery) -> Publish:
    """Hints by Celery. The only place that publishes."""

    def publish(name: str, ids: tuple[str, ...]) -> None:
        app.send_task(name, args=list(ids))

    return publish
