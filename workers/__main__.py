"""``python -m workers worker|dispatcher|embedded``"""

import logging
import os
import signal
import sys
import threading
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent

from workers import health
from workers.app import create_celery
from workers.dispatcher import Dispatcher, guard_for, publisher
from workflows import schema, wiring
from workflows.schema import WrongSchema
from workflows.settings import BadSettings, from_environment
from workflows.wiring import Workplace

logger = logging.getLogger("workers")
EMBEDDED_THREADS = 4


def main(arguments: list[str]) -> int:
    """Run one kind of worker until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    kinds = {"worker": run_worker, "dispatcher": run_dispatcher, "embedded": run_embedded}
    if len(arguments) != 1 or arguments[0] not in kinds:
        print(f"usage: python -m workers {'|'.join(kinds)}", file=sys.stderr)
        return 2
    try:
        workplace = wiring.build(from_environment())
        schema.check(workplace.database)
    except (BadSettings, WrongSchema) as fault:
        print(fault, file=sys.stderr)
        return 2
    if arguments[0] != "embedded" and workplace.settings.embedded:
        # Its broker would be its own memory: it would look alive, and no hint would ever reach another process.
        print(f"REDIS_URL is required for `{arguments[0]}`; without Redis run `embedded`", file=sys.stderr)
        return 2
    kinds[arguments[0]](workplace)
    return 0


def run_worker(workplace: Workplace) -> None:
    """Celery with Redis. Must be supervised: it ends itself when the broker's connection breaks at a bad moment."""
    # A forked child must not share the parent's database connections.
    workplace.database.dispose()
    app = create_celery(workplace)
    heartbeat_sent.connect(_beat_of_worker)
    _worker(app, ["--pool=prefork", f"--concurrency={os.cpu_count() or 2}"])


def run_dispatcher(workplace: Workplace) -> None:
    """Reads due rows and sends hints, until terminated."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    publish = publisher(create_celery(workplace))
    Dispatcher(workplace, publish, lambda: health.beat("dispatcher"), guard_for(workplace)).run(stop)


def run_embedded(workplace: Workplace) -> None:
    """Dispatcher and Celery in one process, over a broker in memory: no Redis, no files."""
    app = create_celery(workplace)
    stop = threading.Event()
    threading.Thread(target=_dispatch_or_die, args=(workplace, app, stop), daemon=True, name="dispatcher").start()
    _worker(app, ["--pool=threads", f"--concurrency={EMBEDDED_THREADS}"])
    stop.set()


def _dispatch_or_die(workplace: Workplace, app: Celery, stop: threading.Event) -> None:
    """A worker without its dispatcher would look alive and do nothing: it ends at once and is started again."""
    try:
        Dispatcher(workplace, publisher(app), guard=guard_for(workplace)).run(stop)
    except BaseException:
        logger.exception("the dispatcher died")
        os._exit(70)


def _beat_of_worker(**_: object) -> None:
    health.beat("worker")


def _worker(app: Celery, options: list[str]) -> None:
    common: list[Any] = ["--quiet", "worker", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]
    app.worker_main([*common, *options])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
