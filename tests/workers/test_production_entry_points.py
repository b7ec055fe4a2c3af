"""Production as docker-compose.yml starts it, against a real PostgreSQL and a real Redis.

There is no container engine on a test machine: the file is read, and the commands in it are run.
"""

import re
import urllib.request
from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.factories import small_town
from tests.process.casework import DONE, TOLD, Desk
from tests.workers.installation import (
    ROOT,
    SERVICES,
    Installation,
    arguments_of,
    composed,
    delivered,
    eventually,
    installation,
    start_service,
)
from workflows.engine.tables import Incident, ProcessInstance
from workflows.storage.session import EVERYWHERE

OURS = ("migrate", "web", "worker", "dispatcher")


def test_every_service_is_there_and_says_when_it_is_well() -> None:
    assert set(SERVICES) == {*OURS, "database", "redis"}
    staying = {name: service for name, service in SERVICES.items() if name != "migrate"}
    assert [name for name, service in staying.items() if "healthcheck" not in service] == []
    assert {service["restart"] for service in staying.values()} == {"always"}, "a Celery worker may end itself"
    assert SERVICES["migrate"]["restart"] == "no"


def test_there_is_no_default_password_and_no_open_door() -> None:
    source = (ROOT / "docker-compose.yml").read_text()
    secret = re.compile(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)([^}]*)\}")
    assert {rest[:2] for _, rest in secret.findall(source)} == {":?"}
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert composed()["networks"]["inside"] == {"internal": True}  # type: ignore[index]
    assert [name for name, service in SERVICES.items() if service["networks"] != ["inside"]] == ["web"]


def test_redis_keeps_what_it_was_given() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    for option in ("--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction", "--requirepass"):
        assert option in command


def test_every_setting_in_the_file_is_a_setting_of_ours() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert set(SERVICES["web"]["environment"]) <= known


def test_the_image_starts_the_web_server_and_belongs_to_nobody_special() -> None:
    source = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER luji$", source, re.M)
    assert source.index("USER luji") < source.index("CMD")
    assert "--require-hashes" in source
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", source, re.M):
        assert [name for name in copied.split() if not (ROOT / name).exists()] == []


def is_well(place: Installation, service: str) -> bool:
    """What the service's health check says."""
    test = [word.replace(":8000/", f":{place.port}/") for word in SERVICES[service]["healthcheck"]["test"]]
    assert test[0] == "CMD"
    return place.run(*arguments_of(test[1:], {})).returncode == 0


@pytest.mark.postgres
@pytest.mark.redis
def test_reminders_around_the_national_day_holiday_by_celery_redis_and_postgresql(production: Installation) -> None:
    migrated = production.run(*arguments_of(SERVICES["migrate"]["command"], {}))
    assert migrated.returncode == 0, migrated.stderr
    workplace = production.workplace()
    town = small_town(workplace)
    desk = Desk(town, production.clock)
    for service in ("web", "worker", "dispatcher", "dispatcher"):  # any number of dispatchers may run
        start_service(production, service)
    for service in ("web", "worker", "dispatcher"):
        assert eventually(lambda name=service: is_well(production, name)), (service, production.said())  # type: ignore[misc]
    with urllib.request.urlopen(f"http://127.0.0.1:{production.port}/sign-in", timeout=10) as answer:
        assert answer.status == 200

    case = desk.register()
    desk.refer(case)
    assert eventually(lambda: delivered(workplace)[case]) == 1, production.said()
    for day, total in ((8, 2), (10, 3), (12, 4), (13, 5)):
        production.clock.set_beijing(date(2026, 10, day), time(8, 29, 57))
        assert eventually(lambda wanted=total: delivered(workplace)[case] >= wanted), (day, production.said())  # type: ignore[misc]
    desk.do(case, "handle", DONE)
    desk.do(case, "reply", TOLD)
    desk.do(case, "feedback", {"satisfaction": "满意"})
    production.clock.set_beijing(date(2026, 11, 20))
    assert eventually(lambda: desk.ended_at(case)) == "closed"

    told = [(step, day) for step, _, day in desk.notices(case)]
    assert sorted(set(told), key=lambda entry: entry[1]) == [
        ("tell_department", date(2026, 9, 24)),
        ("soon3_notice", date(2026, 10, 8)),
        ("soon1_notice", date(2026, 10, 10)),
        ("today_notice", date(2026, 10, 12)),
        ("late1_notice", date(2026, 10, 13)),
    ]
    assert delivered(workplace)[case] == len(desk.notices(case)) == len(set(desk.notices(case)))
    assert desk.breaches() == []
    with workplace.database.reading(EVERYWHERE) as session:
        assert list(session.scalars(select(Incident.error))) == []
        assert (
            session.scalar(select(func.count()).where(ProcessInstance.process_key == "constituent_case")) == 1
        )  # processes started by their own timers run beside it
    workplace.database.dispose()
    assert set(production.stop()) == {0}, production.said()


@pytest.mark.postgres
def test_a_worker_refuses_a_database_that_was_not_migrated(production: Installation) -> None:
    for kind in ("worker", "dispatcher"):
        refused = production.run("-m", "workers", kind)
        assert refused.returncode == 2
        assert "luji migrate" in refused.stderr


@pytest.mark.parametrize("kind", ["worker", "dispatcher"])
def test_without_a_broker_only_the_embedded_worker_starts(tmp_path: Path, kind: str) -> None:
    with installation(tmp_path / "home") as place:
        assert place.run("-m", "service.cli.main", "migrate").returncode == 0
        refused = place.run("-m", "workers", kind)
    assert refused.returncode == 2
    assert "REDIS_URL" in refused.stderr


def test_production_refuses_to_start_on_half_its_settings(tmp_path: Path) -> None:
    with installation(tmp_path / "home", LUJI_ENV="production") as place:
        refused = place.run("-m", "workers", "worker")
    assert refused.returncode == 2
    for setting in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        assert setting in refused.stderr
