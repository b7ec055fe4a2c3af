"""Celery as the executor, never as the store: queues and settings, as data.

Everything it carries is a hint that names something in the database. Losing, repeating or delaying a hint changes
nothing but the moment at which the work is done. The figures behind each setting are measured; the surprising ones:

* no result backend, and so no deduplication by Celery: with it and without a backend every redelivered message is
  acknowledged unread;
* publishing is retried once: ``retry=False`` blocks eight times longer when the broker refuses;
* short socket timeouts: with the defaults a worker stays deaf for minutes after a half-open connection.
"""

import warnings
from typing import Any

from celery import Celery
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning

from workflows.wiring import Workplace

QUEUE = "luji"
EMBEDDED_BROKER = "memory://localhost/"

SETTINGS: dict[str, Any] = {
    "task_default_queue": QUEUE,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "task_ignore_result": True,
    "result_backend": None,
    "worker_deduplicate_successful_tasks": False,
    "task_soft_time_limit": 240,
    "task_time_limit": 300,
    "task_serializer": "json",
    "accept_content": ["json"],
    "enable_utc": True,
    "timezone": "UTC",
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "task_publish_retry": True,
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
    "worker_max_tasks_per_child": 500,
    "worker_max_memory_per_child": 300_000,
    "worker_enable_remote_control": False,
    "worker_hijack_root_logger": False,
}

REDIS_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 5,
    "retry_on_timeout": False,
    "global_keyprefix": "luji:",
}

MEMORY_OPTIONS: dict[str, Any] = {"polling_interval": 0.1}


def create_celery(workplace: Workplace) -> Celery:
    """The application of this process, with the workplace its functions work in."""
    embedded = workplace.settings.embedded
    app = Celery(
        "luji",
        broker=EMBEDDED_BROKER if embedded else workplace.settings.redis_url,
        include=["workers.functions"],
        set_as_current=True,
    )
    app.conf.update(SETTINGS)
    app.conf.broker_transport_options = MEMORY_OPTIONS if embedded else REDIS_OPTIONS
    app.workplace = workplace
    app.Worker = app.subclass_with_self(JsonWorker, name="Worker")
    return app


class JsonWorker(Worker):  # type: ignore[misc]
    """Celery's worker, without its word about the superuser.

    It warns because somebody who can write to the broker could have a pickle executed. We accept JSON only, and
    the container runs under an account of its own; in a container of a developer the warning only frightens.
    """

    def on_before_init(self, **options: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            super().on_before_init(**options)
