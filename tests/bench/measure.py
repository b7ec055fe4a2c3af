# ruff: noqa: E501, S608  # one SQL statement a line, put together from constants
"""The measurements. Each takes a site and returns a figure with its unit in its name."""

import statistics
import threading
import time
from datetime import timedelta

from sqlalchemy import event, insert, text

from service import assets
from service.app import create_app
from tests.bench.site import ANSWER, Client, Site, together
from workers.dispatcher import Dispatcher
from workflows.clock import system_clock
from workflows.engine.tables import NO_DUE_DATE, Job, UserTask
from workflows.storage.session import EVERYWHERE
from workflows.storage.types import new_id

SAMPLES = 150
CROWD = "99crowd00000000000"


def statements(site: Site) -> int:
    """SQL statements of one completion through the whole door: token, task, engine, audit."""
    task = site.begin(1)[0]
    client = create_app(site.workplace, assets=assets.WITHOUT_SCRIPTS).test_client()
    headers = {"Authorization": f"Bearer {site.token}"}
    client.get(f"/api/v1/user-tasks/{task}", headers=headers)  # the version is parsed at its first use
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(site.database.sql, "before_cursor_execute", note)
    answer = client.post(f"/api/v1/user-tasks/{task}/complete", json={"answer": ANSWER}, headers=headers)
    event.remove(site.database.sql, "before_cursor_execute", note)
    if answer.status_code != 200:
        raise RuntimeError(answer.get_data(as_text=True))
    return len([statement for statement in seen if not statement.startswith("BEGIN")])


def completion_ms(site: Site, client: Client) -> list[float]:
    """One client, one completion after the other, over HTTP."""
    return [_timed(lambda t=task: complete(client, t)) for task in site.begin(SAMPLES)]


def bare_ms(site: Site) -> list[float]:
    """The rows of one completion in one transaction with nothing around it: the floor of the database."""
    tasks = site.begin(SAMPLES)
    with site.database.unit_of_work(EVERYWHERE) as session:
        rows = session.execute(text("SELECT id, instance_id FROM user_task WHERE status = 'open'")).all()
    instance_of = {row.id: row.instance_id for row in rows}
    return [_timed(lambda t=task: _bare(site, t, instance_of[t])) for task in tasks]


def _bare(site: Site, task: str, instance: str) -> None:
    now = system_clock().replace(tzinfo=None).isoformat(sep=" ")
    with site.database.sql.connect() as connection:
        if site.database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        ask = connection.execute
        lock = "" if site.database.is_sqlite else " FOR UPDATE"
        ask(
            text(f"SELECT * FROM user_task t JOIN process_instance i ON i.id = t.instance_id WHERE t.id = :t{lock}"),
            {"t": task},
        ).all()
        ask(
            text("UPDATE user_task SET status='completed', completed_at=:n, completed_by='x' WHERE id=:t"),
            {"n": now, "t": task},
        )
        ask(
            text(
                "INSERT INTO user_task (id, instance_id, process_key, token, node_id, name, form_key, subject, candidate, status, sort_on, created_at, subdistrict_id) SELECT :id, instance_id, process_key, token, node_id, name, form_key, subject, candidate, 'cancelled', sort_on, created_at, subdistrict_id FROM user_task WHERE id=:t"
            ),
            {"id": new_id(), "t": task},
        )
        ask(
            text(
                "INSERT INTO history (id, instance_id, at, actor_id, actor_name, node_id, node_name, kind, data, subdistrict_id) VALUES (:id, :i, :n, 'x', '小陆', 'a', 'a', 'bare', :d, :s)"
            ),
            {"id": new_id(), "i": instance, "n": now, "d": '{"note": "' + ANSWER["note"] + '"}', "s": site.subdistrict},
        )
        ask(
            text("UPDATE process_instance SET state=:b, revision=revision WHERE id=:i"),
            {"b": b"x" * 700, "i": instance},
        )
        head = ask(text(f"SELECT seq, hash FROM audit_head WHERE chain=:s{lock}"), {"s": site.subdistrict}).one()
        ask(
            text(
                "INSERT INTO audit_entry (id, chain, seq, at, actor_id, actor_name, action, object_key, facts, hash) VALUES (:id, 'bare', :q, :n, 'x', '小陆', 'task.completed', :t, '{\"node\": \"a\"}', :h)"
            ),
            {"id": new_id(), "q": time.time_ns() % 2_000_000_000, "n": now, "t": f"user_task:{task}", "h": head.hash},
        )
        ask(text("UPDATE audit_head SET seq=seq, hash=hash WHERE chain=:s"), {"s": site.subdistrict})
        connection.commit()


def throughput(site: Site, clients: int) -> float:
    """Completions per second of several clients at once, each on tasks of its own."""
    per_client = 60
    tasks = site.begin(clients * per_client)
    batches = [tasks[n::clients] for n in range(clients)]
    connections = site.clients(clients)
    for connection in connections:
        connection.get("/api/v1/user-tasks?box=mine&limit=1")
    works = [
        threading.Thread(target=lambda c=c, b=b: [complete(c, t) for t in b])
        for c, b in zip(connections, batches, strict=True)
    ]
    began = time.perf_counter()
    together(works)
    return len(tasks) / (time.perf_counter() - began)


def inbox_ms(site: Site, client: Client, waiting: int) -> float:
    """The first page of the group's box while so many tasks wait in it."""
    _crowd_tasks(site, waiting)
    times = [_timed(lambda: client.get("/api/v1/user-tasks?box=groups")) for _ in range(60)]
    return statistics.median(times[10:])


def sweep_ms(site: Site, waiting: int) -> float:
    """One look of the dispatcher while so many timers wait for a later day."""
    _crowd_timers(site, waiting)
    dispatcher = Dispatcher(site.workplace, lambda name, ids: None)
    times = [_timed(dispatcher.once) for _ in range(60)]
    return statistics.median(times[10:])


def bytes_per_instance(site: Site) -> int:
    """Rows and indexes that one instance of three tasks leaves behind, all of it done."""
    count = 200
    before = _size(site)
    client = create_app(site.workplace, assets=assets.WITHOUT_SCRIPTS).test_client()
    headers = {"Authorization": f"Bearer {site.token}"}
    tasks = site.begin(count)
    for _ in range(3):
        for task in tasks:
            client.post(f"/api/v1/user-tasks/{task}/complete", json={"answer": ANSWER}, headers=headers)
        with site.database.reading(site.subdistrict) as session:
            tasks = list(session.scalars(text("SELECT id FROM user_task WHERE status = 'open'")))
    return round((_size(site) - before) / count)


def complete(client: Client, task: str) -> None:
    client.post(f"/api/v1/user-tasks/{task}/complete", {"answer": ANSWER})


def _size(site: Site) -> int:
    with site.database.sql.connect() as connection:
        if site.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
            return int(pages - free) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
        tables = ("user_task", "process_instance", "history", "audit_entry", "audit_head", "job", "event_wait")
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM FULL"))
        sizes = (connection.execute(text("SELECT pg_total_relation_size(:t)"), {"t": t}).scalar_one() for t in tables)
        return sum(int(size) for size in sizes)


def _crowd_tasks(site: Site, wanted: int) -> None:
    with site.database.unit_of_work(EVERYWHERE) as session:
        instance = session.scalar(text("SELECT id FROM process_instance LIMIT 1"))
        present = session.scalar(text("SELECT count(*) FROM user_task WHERE status = 'open'"))
        rows = [
            {
                "id": new_id(), "subdistrict_id": site.subdistrict, "instance_id": instance, "process_key": "three",
                "token": "0" * 32, "node_id": "a", "name": "a", "subject": "等待办理的事项",
                "candidate": site.clerk.candidate_keys[0], "status": "open", "sort_on": NO_DUE_DATE,
                "created_at": system_clock(),
            }
            for _ in range(max(0, wanted - int(present or 0)))
        ]  # fmt: skip
        if rows:
            session.execute(insert(UserTask), rows)
    _analyze(site)


def _crowd_timers(site: Site, wanted: int) -> None:
    with site.database.unit_of_work(EVERYWHERE) as session:
        instance = session.scalar(text("SELECT id FROM process_instance LIMIT 1"))
        present = session.scalar(text("SELECT count(*) FROM job WHERE status = 'ready'"))
        later = system_clock() + timedelta(days=5)
        rows = [
            {
                "id": new_id(), "subdistrict_id": site.subdistrict, "kind": "timer", "instance_id": instance,
                "waiting_token": "0" * 32, "node_id": "t", "name": "t", "due_rule": "7个工作日",
                "run_at": later + timedelta(seconds=n), "status": "ready", "attempts": 0,
            }
            for n in range(max(0, wanted - int(present or 0)))
        ]  # fmt: skip
        if rows:
            session.execute(insert(Job), rows)
    _analyze(site)


def _analyze(site: Site) -> None:
    with site.database.sql.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _timed(work) -> float:  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
