"""An installation to measure: one street, one clerk with a token, one process of three steps."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from tests.process.diagram import Process, package
from tests.servers import free_port, wait_for_port
from workflows import schema, wiring
from workflows.actor import Actor, the_clock
from workflows.clock import system_clock
from workflows.engine import instances, packages
from workflows.engine.tables import ProcessDefinition, UserTask
from workflows.people import actions as people
from workflows.people import queries as people_queries
from workflows.people.rules import UnitKind
from workflows.settings import Settings
from workflows.storage.session import EVERYWHERE
from workflows.storage.types import new_id

SECRET = "b" * 48
ANSWER = {"note": "已到现场查看，排水沟被垃圾堵住，已联系清运，预计三天内疏通。"}


class Client:
    """One keep-alive connection with a token."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, path: str, body: object) -> dict[str, object]:
        return self._ask("POST", path, json.dumps(body))

    def get(self, path: str) -> dict[str, object]:
        return self._ask("GET", path, None)

    def _ask(self, method: str, path: str, body: str | None) -> dict[str, object]:
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {content.decode()[:300]}")
        found: dict[str, object] = json.loads(content)
        return found


class Site:
    """A migrated database with what the measurements need."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        self.workplace = wiring.build(
            Settings(home, url, None, SECRET, 0, "127.0.0.1", "http://127.0.0.1", None, ()), system_clock
        )
        self.database, self.engine = self.workplace.database, self.workplace.engine
        schema.migrate(self.database)
        self._people()
        self._process()

    def _people(self) -> None:
        at = system_clock()
        with self.database.unit_of_work(EVERYWHERE) as session:
            street = people.create_subdistrict(
                session, the_clock(None), code="LJ", name="陆集街道", district="宿城区", at=at
            )
        self.subdistrict = street.id
        us = the_clock(street.id)
        with self.database.unit_of_work(street.id) as session:
            station = people.create_unit(session, us, kind=UnitKind.STATION, name="一号站", valid_from=at.date(), at=at)
            user = people.create_user(
                session, us, login="clerk", password="a long enough passphrase", display_name="小陆",
                subdistrict_id=street.id, at=at,
            )  # fmt: skip
            people.grant(session, us, user_id=user.id, role="工作站", unit_id=station.id, at=at)
            self.token = people.issue_token(session, us, user_id=user.id, name="bench", at=at)
        with self.database.reading(street.id) as session:
            self.clerk: Actor = people_queries.actor_of(session, user.id)

    def _process(self) -> None:
        process = Process("three").start().user("a", formKey="note").user("b", formKey="note").user("c", formKey="note")
        form = {"key": "note", "title": "办理", "fields": [{"key": "note", "type": "textarea", "label": "情况"}]}
        made = package(
            process.end("done").flow("begin", "a", "b", "c", "done"),
            **{"forms/note.json": json.dumps(form).encode()},
        )
        with self.database.unit_of_work(EVERYWHERE) as session:
            session.add(
                ProcessDefinition(
                    id=new_id(), key="three", version=1, name="三步", checksum=made.checksum,
                    package=packages.write_zip(made), published_at=system_clock(), published_by="bench",
                )
            )  # fmt: skip

    def begin(self, count: int) -> list[str]:
        """Start instances; returns the ids of their first tasks."""
        started = []
        for _ in range(count):
            with self.database.unit_of_work(self.subdistrict) as session:
                started.append(instances.start(self.engine, session, self.clerk, key="three").id)
        return self.open_tasks(started)

    def open_tasks(self, instance_ids: list[str]) -> list[str]:
        with self.database.reading(self.subdistrict) as session:
            query = select(UserTask.id).where(UserTask.instance_id.in_(instance_ids), UserTask.status == "open")
            return list(session.scalars(query))

    @contextmanager
    def serving(self) -> Iterator[Client]:
        """The production server on a loopback port."""
        self.port = free_port()
        workers = "1" if self.database.is_sqlite else "2"
        environment = {
            **os.environ,
            "LUJI_HOME": str(self.home),
            "DATABASE_URL": self.url,
            "SECRET_KEY": SECRET,
            "PORT": str(self.port),
        }
        command = [
            *(sys.executable, "-m", "gunicorn", "service.wsgi:create()", "--bind", f"127.0.0.1:{self.port}"),
            *("--worker-class", "gthread", "--workers", workers, "--threads", "4", "--keep-alive", "120"),
        ]
        server = subprocess.Popen(command, env=environment)
        try:
            wait_for_port(self.port)
            client = Client(self.port, self.token)
            client.get("/api/v1/user-tasks?box=groups&limit=1")
            yield client
        finally:
            server.terminate()
            server.wait(timeout=20)

    def clients(self, count: int) -> list[Client]:
        return [Client(self.port, self.token) for _ in range(count)]

    def close(self) -> None:
        self.database.dispose()


def together(works: list[threading.Thread]) -> None:
    for work in works:
        work.start()
    for work in works:
        work.join()
