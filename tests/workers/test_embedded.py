"""`luji up`: one command, no Redis, SQLite; whatever is killed comes back and nothing is done twice."""

import os
import signal
import urllib.request
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from urllib.error import URLError

import pytest
from sqlalchemy import select

from tests.factories import small_town
from tests.process.casework import Desk
from tests.workers.installation import Installation, eventually, installation
from workflows.notifications.tables import Notice, OutboxMessage
from workflows.people.tables import Subdistrict
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

UP = ("-m", "service.cli.main", "up", "--no-demo")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path / "home") as place:
        yield place


def answers(place: Installation) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{place.port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def child(place: Installation, words: str) -> int:
    """The process id of a child of `luji up` whose command line holds these words; 0 while there is none."""
    parent = place.children[0].pid
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if int(stat[1]) == parent and words in line and stat[0] != "Z":
            return int(folder.name)
    return 0


def delivered(workplace: Workplace, case: str) -> list[str]:
    query = (
        select(OutboxMessage.subject_key)
        .join(Notice, Notice.message_id == OutboxMessage.id)
        .where(OutboxMessage.subject_key.startswith(f"case:{case}:"))
    )
    with workplace.database.reading(EVERYWHERE) as session:
        return sorted(key.split(":")[2] for key in session.scalars(query))


def test_reminders_by_the_embedded_worker_that_is_killed_on_the_way(office: Installation) -> None:
    office.start(*UP)
    assert eventually(lambda: answers(office)), office.said()
    workplace = office.workplace()
    desk = Desk(small_town(workplace), office.clock)
    case = desk.register()
    desk.refer(case)
    assert eventually(lambda: "tell_department" in delivered(workplace, case)), office.said()

    worker = child(office, "workers embedded")
    os.kill(worker, signal.SIGKILL)
    office.clock.set_beijing(date(2026, 10, 8), time(8, 30))
    assert eventually(lambda: "soon3_notice" in delivered(workplace, case)), office.said()
    assert child(office, "workers embedded") not in (0, worker)

    web = child(office, "gunicorn")
    os.kill(web, signal.SIGKILL)
    assert eventually(lambda: child(office, "gunicorn") not in (0, web) and answers(office)), office.said()

    for day, step in ((10, "soon1_notice"), (12, "today_notice"), (13, "late1_notice")):
        office.clock.set_beijing(date(2026, 10, day), time(8, 30))
        assert eventually(lambda wanted=step: wanted in delivered(workplace, case)), office.said()  # type: ignore[misc]
    assert sorted({(step, day) for step, _, day in desk.notices(case)}) == [
        ("late1_notice", date(2026, 10, 13)),
        ("soon1_notice", date(2026, 10, 10)),
        ("soon3_notice", date(2026, 10, 8)),
        ("tell_department", date(2026, 9, 24)),
        ("today_notice", date(2026, 10, 12)),
    ]
    assert len(desk.notices(case)) == len(set(desk.notices(case)))
    assert desk.breaches() == []
    workplace.database.dispose()
    assert office.stop() == [0], office.said()
    assert not answers(office)
    for noise in ("Warning", "superuser", "No hostname"):
        assert noise not in office.said()


def test_two_installations_cannot_open_one_data_folder(office: Installation) -> None:
    office.start(*UP)
    assert eventually(lambda: answers(office)), office.said()
    second = office.run(*UP)
    assert second.returncode == 1
    assert "正被另一个陆级程序使用" in second.stderr
    assert "another Luji" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_port_that_is_taken_is_named(office: Installation, tmp_path: Path) -> None:
    office.start(*UP)
    assert eventually(lambda: answers(office)), office.said()
    with installation(tmp_path / "other", PORT=str(office.port)) as other:
        refused = other.run(*UP)
    assert refused.returncode == 1
    assert f"端口 {office.port} 正被另一个程序使用" in refused.stderr


def test_children_do_not_outlive_a_parent_that_was_killed(office: Installation) -> None:
    parent = office.start(*UP)
    assert eventually(lambda: answers(office)), office.said()
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert eventually(lambda: not answers(office))
    assert eventually(lambda: not _group(parent.pid)), "a child is still there"


def _group(leader: int) -> list[str]:
    """Processes of a session that are still there."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(stat.parent.name)
    return found


def test_a_second_start_reuses_everything_and_is_up_within_seconds(office: Installation) -> None:
    office.start(*UP)
    assert eventually(lambda: answers(office)), office.said()
    workplace = office.workplace()
    small_town(workplace)
    assert office.stop() == [0], office.said()
    office.children.clear()

    office.start(*UP)
    assert eventually(lambda: answers(office), seconds=15), office.said()
    with workplace.database.reading(EVERYWHERE) as session:
        assert session.scalar(select(Subdistrict.name)) == "陆集街道"
    workplace.database.dispose()
