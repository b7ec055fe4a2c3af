"""The command line as an administrator uses it: real commands, exit codes, and sentences instead of tracebacks."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from service.cli.main import cli
from tests.conftest import settings_in
from tests.factories import Town, second_street, small_town
from tests.process.assessing import AGREED, TRUTHFUL, Office
from tests.process.casework import FOLDER, Desk
from tests.service import small_process
from tests.service.browsing import Browser, application
from workflows import wiring
from workflows.audit import AuditEntry
from workflows.clock import MovableClock
from workflows.clock_guard import ClockGuard, Trouble, Uptime
from workflows.engine import definitions, packages
from workflows.engine.tables import ProcessDefinition
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]


def running(workplace: Workplace) -> Run:
    """`luji …` on one installation."""

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(each) for each in arguments], obj=lambda: workplace)

    return invoke


def luji(home: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, with nothing but a data folder."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "service.cli.main", *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LUJI_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def run(workplace: Workplace) -> Run:
    return running(workplace)


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


@pytest.fixture
def elsewhere(tmp_path: Path, clock: MovableClock, sqlite_template: Path) -> Workplace:
    """Another, empty installation."""
    home = tmp_path / "elsewhere"
    home.mkdir()
    shutil.copy(sqlite_template, home / "luji.sqlite3")
    return wiring.build(settings_in(home, f"sqlite:///{home / 'luji.sqlite3'}"), clock)


@pytest.fixture
def small_folder(tmp_path: Path) -> Path:
    """A small sound package on disk."""
    folder = tmp_path / small_process.KEY
    for name, content in small_process.package().files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def refused(answer: Result) -> str:
    """What stands on standard error after a refusal: one sentence first, and no trace of Python."""
    assert answer.exit_code == 1, answer.output
    assert isinstance(answer.exception, SystemExit)
    first: str = answer.stderr.splitlines()[0]
    assert any("\u4e00" <= character <= "\u9fff" for character in first)
    assert first.endswith(("。", "？"))
    return first


# ------------------------------------------------------------------------------------------------ processes


def test_an_empty_folder_becomes_an_installation_and_migrating_again_changes_nothing(tmp_path: Path) -> None:
    first = luji(tmp_path, "migrate")
    assert (first.returncode, first.stdout) == (0, "数据库结构已是最新。\n"), first.stderr
    second = luji(tmp_path, "migrate")
    assert (second.returncode, second.stdout) == (0, "数据库结构已是最新。\n"), second.stderr
    verified = luji(tmp_path, "verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)) == (0, {"ok": True})
    due = luji(tmp_path, "due", "--start", "2026-09-24", "--json")
    assert json.loads(due.stdout)["due"] == "2026-10-12"
    exported = luji(tmp_path, "export-package", "constituent_case", tmp_path / "case.zip")
    assert exported.returncode == 0, exported.stderr
    assert packages.read_zip((tmp_path / "case.zip").read_bytes()).checksum == packages.read_folder(FOLDER).checksum


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",),
        ("token", "station1a"),
        ("demo",),
        ("publish", FOLDER),
        ("export-package", "constituent_case", "case.zip"),
    ],
)
def test_before_the_first_migration_a_command_says_what_to_run(tmp_path: Path, arguments: tuple[object, ...]) -> None:
    answer = luji(tmp_path, *arguments)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == "数据库打不开，或者还没有准备好。请检查设置，再运行 luji migrate。\n"


def test_bad_settings_are_all_named_without_a_traceback(tmp_path: Path) -> None:
    answer = luji(tmp_path, "verify", LUJI_ENV="production", PORT="many")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert all(name in answer.stderr for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PORT"))


def test_a_wrong_use_of_a_command_is_told_from_a_refusal_by_its_exit_code(tmp_path: Path) -> None:
    for arguments in (("publish",), ("token",), ("no-such-command",), ("publish", tmp_path / "nowhere")):
        answer = luji(tmp_path, *arguments)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert "Traceback" not in answer.stderr


# --------------------------------------------------------------------------------------------------- tokens


def test_a_token_of_the_command_line_opens_the_api(town: Town, run: Run) -> None:
    token = run("token", "station1a").stdout.strip()
    client = application(town.workplace).test_client()
    asked = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/user-tasks", headers=asked).status_code == 200
    assert client.get("/api/v1/process-definitions", headers=asked).status_code == 200
    assert client.post("/api/v1/process-definitions/check", headers=asked).status_code == 403


def test_a_token_for_design_is_asked_for_by_its_scope(town: Town, run: Run) -> None:
    token = run("token", "admin", "--scope", "design", "--days", "1").stdout.strip()
    client = application(town.workplace).test_client()
    asked = {"Authorization": f"Bearer {token}"}
    content = packages.write_zip(small_process.package())
    answer = client.post("/api/v1/process-definitions/check", headers=asked, data=content)
    assert answer.json == {"ok": True, "faults": []}
    assert client.get("/api/v1/user-tasks", headers=asked).status_code == 403


def test_what_is_done_on_the_command_line_is_in_the_books_by_the_machines_account(
    town: Town, run: Run, small_folder: Path, tmp_path: Path
) -> None:
    """The name is the operating system's, which nobody sets by a variable of the environment."""
    person = f"命令行（{pwd.getpwuid(os.getuid()).pw_name}）"
    run("publish", small_folder)
    target = tmp_path / "small.zip"
    run("export-package", small_process.KEY, target)
    assert run("import-package", target, "--subdistrict", "LJ").exit_code == 0
    assert run("token", "station1a").exit_code == 0
    with town.workplace.reading(EVERYWHERE) as session:
        done = session.execute(
            select(AuditEntry.action, AuditEntry.actor_name).where(AuditEntry.actor_id == "console")
        ).all()
        published = session.scalars(select(ProcessDefinition.published_by)).all()
    assert sorted(set(done)) == [("process.published", person), ("token_issued", person)]
    assert set(published) == {person}


def test_a_token_for_nobody_and_a_token_for_ever_are_refused(town: Town, run: Run) -> None:
    assert "nobody" in refused(run("token", "nobody"))
    assert run("token", "station1a", "--days", "0").exit_code == 2
    assert run("token", "station1a", "--days", "100000").exit_code == 2
    assert run("token", "station1a", "--scope", "everything").exit_code == 2


# ---------------------------------------------------------------------------------------------------- clock


def test_a_clock_in_doubt_is_told_and_confirmed(town: Town, run: Run, clock: MovableClock) -> None:
    home, uptime = town.workplace.settings.home, Uptime("boot", 1.0)
    guard = ClockGuard(home, clock, lambda: uptime)
    guard.look()
    assert run("clock").stdout == "现在是 2026-03-02 09:00（北京时间）。服务器时间正常。\n"
    clock.forward(days=30)
    assert guard.look() is Trouble.HELD
    told = run("clock")
    assert told.exit_code == 1
    assert "提醒和计时已暂停" in told.stdout
    browser = Browser(application(town.workplace))
    assert "luji clock --confirm" in browser.sign_in("admin").get("/inbox/").text
    assert "luji clock" not in Browser(application(town.workplace)).sign_in("station1a").get("/inbox/").text
    assert run("clock", "--confirm").exit_code == 0
    assert guard.look() is Trouble.NONE
    assert run("clock").exit_code == 0
    assert "luji clock" not in browser.get("/inbox/").text


# ----------------------------------------------------------------------------------------------------- demo


def test_the_demo_town_is_not_loaded_over_anybodys_data(town: Town, run: Run) -> None:
    with town.workplace.reading(town.subdistrict_id) as session:
        before = session.scalar(text("SELECT count(*) FROM audit_entry"))
    assert "只能装入空的系统" in refused(run("demo"))
    with town.workplace.reading(town.subdistrict_id) as session:
        assert session.scalar(text("SELECT count(*) FROM audit_entry")) == before


# ------------------------------------------------------------------------------------------------- packages


def test_a_package_travels_to_another_installation_unchanged(
    town: Town, run: Run, elsewhere: Workplace, small_folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "small.zip"
    run("publish", small_folder)
    assert run("export-package", small_process.KEY, target).stdout == f"已导出 small_request 第 1 版：{target}\n"
    there = running(elsewhere)("import-package", target)
    assert (there.exit_code, there.stdout) == (0, "small_request 第 1 版已生效：小事办理\n"), there.output
    checksums = []
    for workplace in (town.workplace, elsewhere):
        with workplace.reading(None) as session:
            checksums.append(definitions.latest(session, small_process.KEY, date.max).checksum)
    assert checksums == [small_process.package().checksum] * 2
    again = tmp_path / "again.zip"
    running(elsewhere)("export-package", small_process.KEY, again)
    assert again.read_bytes() == target.read_bytes()
    elsewhere.database.dispose()


def test_a_version_for_one_street_is_in_force_in_that_street_only(
    town: Town, run: Run, small_folder: Path, tmp_path: Path
) -> None:
    other = second_street(town.workplace)
    run("publish", small_folder)
    (small_folder / "package.yaml").write_text(f"key: {small_process.KEY}\nname: 陆集的小事\n", encoding="utf-8")
    done = run("publish", small_folder, "--subdistrict", "LJ")
    assert (done.exit_code, done.stdout) == (0, "small_request 第 2 版已生效：陆集的小事\n"), done.output
    names = []
    for street in (town.subdistrict_id, other.subdistrict_id, None):
        with town.workplace.reading(street) as session:
            names.append(definitions.latest(session, small_process.KEY, date.max).name)
    assert names == ["陆集的小事", "小事办理", "小事办理"]
    exported = {}
    for code in ("LJ", "XQ", ""):
        run("export-package", small_process.KEY, tmp_path / "out.zip", *(["--subdistrict", code] if code else []))
        exported[code] = packages.read_zip((tmp_path / "out.zip").read_bytes()).name
    assert exported == {"LJ": "陆集的小事", "XQ": "小事办理", "": "小事办理"}


def test_what_only_one_street_has_is_not_exported_without_its_name(
    town: Town, run: Run, small_folder: Path, tmp_path: Path
) -> None:
    run("publish", small_folder, "--subdistrict", "LJ")
    assert "small_request" in refused(run("export-package", small_process.KEY, tmp_path / "out.zip"))
    assert not (tmp_path / "out.zip").exists()


def test_a_package_may_come_as_a_zip(run: Run, town: Town, tmp_path: Path) -> None:
    path = tmp_path / "small.zip"
    path.write_bytes(packages.write_zip(small_process.package()))
    assert run("publish", path).stdout == "small_request 第 1 版已生效：小事办理\n"


def test_packages_that_can_not_be_used_are_refused_with_a_sentence(
    town: Town, run: Run, small_folder: Path, tmp_path: Path
) -> None:
    text_file, empty = tmp_path / "notes.txt", tmp_path / "empty"
    text_file.write_text("not a package", encoding="utf-8")
    empty.mkdir()
    assert "zip" in refused(run("publish", text_file))
    assert "zip" in refused(run("import-package", text_file))
    assert "package.yaml" in refused(run("publish", empty))
    assert "ZZ" in refused(run("publish", small_folder, "--subdistrict", "ZZ"))
    assert "nothing" in refused(run("export-package", "nothing", tmp_path / "out.zip"))
    run("publish", small_folder)
    assert "不能读写" in refused(run("export-package", small_process.KEY, tmp_path / "no" / "such" / "folder.zip"))


def test_a_faulty_package_is_refused_by_element_and_the_sound_ones_before_it_stand(
    town: Town, run: Run, small_folder: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(small_folder, broken)
    diagram = broken / "process.bpmn"
    diagram.write_text(diagram.read_text(encoding="utf-8").replace("工作站", "工作台"), encoding="utf-8")
    answer = run("publish", small_folder, broken)
    assert answer.stdout == "small_request 第 1 版已生效：小事办理\n"
    assert "没有发布" in refused(answer)
    assert any(line.startswith("  process.bpmn#lane_station: ") for line in answer.stderr.splitlines())


# -------------------------------------------------------------------------------------------------- check


def test_check_ends_with_0_for_sound_and_1_for_faulty_packages(run: Run, small_folder: Path, tmp_path: Path) -> None:
    sound = run("check", small_folder)
    assert (sound.exit_code, json.loads(sound.stdout)["ok"]) == (0, True)
    alone = tmp_path / "process.bpmn"
    alone.write_text("<bpmn", encoding="utf-8")
    both = run("check", small_folder, alone)
    assert both.exit_code == 1
    assert [json.loads(line)["ok"] for line in both.stdout.splitlines()] == [True, False]
    assert run("check").exit_code == 2


# -------------------------------------------------------------------------------------------------- verify


@pytest.fixture
def worked(town: Town, clock: MovableClock) -> Town:
    """A town with a case that is being handled, one that is closed, and an archived month."""
    clock.set_beijing(date(2026, 9, 1))
    desk, office = Desk(town, clock), Office(town, clock)
    desk.publish()
    office.publish("monthly_self_assessment")
    desk.register(outcome="当场答复", matter_class="咨询", answer="带身份证到窗口办理。")
    people = {seat.person_id: "到会" for seat in town.deputies}
    office.attend(date(2026, 9, 1), "议政代表会", people)
    assert office.pass_time_to(date(2026, 9, 23), time(8, 31)) > 0
    office.complete("deputy01", "self_assess", TRUTHFUL)
    office.complete("station1a", "station_review", AGREED, about=town.deputies[0].name)
    clock.set_beijing(date(2026, 9, 24))
    desk.refer(desk.register())
    return town


def test_a_house_in_order_has_nothing_to_report(worked: Town, run: Run) -> None:
    answer = run("verify")
    assert (answer.exit_code, answer.stdout) == (0, "全部核对无误。\n")
    answer = run("verify", "--json")
    assert (answer.exit_code, answer.stdout) == (0, '{"ok": true}\n')


BREACHES = [
    ("UPDATE audit_entry SET actor_name = '别人' WHERE seq = 3", "audit-chain", ":3", "changed"),
    ("DELETE FROM audit_entry WHERE seq = 4", "audit-chain", ":4", "missing"),
    (
        "DELETE FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry e WHERE e.chain = audit_entry.chain)",
        "audit-chain",
        "",
        "does not end",
    ),
    ("DELETE FROM job WHERE kind = 'timer' AND node_id = 'soon1'", "task-agreement", "process_instance:", "timer jobs"),
    (
        "UPDATE job SET run_at = '2026-12-31 00:00:00.000000' WHERE kind = 'timer' AND node_id = 'today'",
        "task-agreement",
        "process_instance:",
        "another moment",
    ),
    (
        "DELETE FROM user_task WHERE status = 'open' AND node_id = 'handle'",
        "task-agreement",
        "process_instance:",
        "user tasks differ",
    ),
    (
        "UPDATE user_task SET status = 'cancelled' WHERE status = 'open' AND node_id = 'handle'",
        "task-agreement",
        "process_instance:",
        "user tasks differ",
    ),
    (
        "DELETE FROM history WHERE kind = 'completed' AND node_id = 'refer'",
        "effect-once",
        "process_instance:",
        "1 tasks completed, 0 lines",
    ),
    (
        "UPDATE ledger_entry SET points_tenths = points_tenths + 10",
        "ledger-sum",
        "assessment_line:",
        "the ledger holds",
    ),
    ("DELETE FROM ledger_entry", "ledger-sum", "assessment_line:", "the ledger holds 0"),
    (
        "UPDATE monthly_assessment SET sealed_document = sealed_document || ' ' WHERE sealed_hash IS NOT NULL",
        "ledger-sum",
        "monthly_assessment:",
        "changed",
    ),
    (
        "UPDATE constituent_case SET respond_by = '2026-12-31' WHERE respond_by IS NOT NULL",
        "case-process",
        "case:",
        "deadline",
    ),
    (
        "UPDATE constituent_case SET status = '已办结' WHERE respond_by IS NOT NULL",
        "case-process",
        "case:",
        "still runs",
    ),
    (
        "UPDATE process_instance SET status = 'cancelled' WHERE status = 'running' AND business_key LIKE 'case:%'",
        "case-process",
        "case:",
        "unfinished",
    ),
]


@pytest.mark.parametrize(("statement", "invariant", "where", "reason"), BREACHES)
def test_a_planted_breach_is_named(
    worked: Town, run: Run, statement: str, invariant: str, where: str, reason: str
) -> None:
    with worked.workplace.database.sql.begin() as connection:  # a hand in the database, or a bad restore
        assert connection.exec_driver_sql(statement).rowcount > 0
    answer = run("verify", "--json")
    assert answer.exit_code == 1
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [each for each in found if each["invariant"] == invariant and where in each["object"]], found
    assert any(reason in each["reason"] for each in found if each["invariant"] == invariant), found
    told = run("verify")
    assert told.exit_code == 1
    assert any(line.startswith(f"{invariant}  ") for line in told.stdout.splitlines())


@pytest.mark.parametrize(
    ("table", "where", "changed", "told"),
    [
        ("ledger_entry", "points_tenths > 0", {"source_key": "source_key || ':2'"}, "ledger-sum  assessment_line:"),
        ("user_task", "node_id = 'refer'", {}, "effect-once  process_instance:"),
    ],
)
def test_an_effect_that_stands_twice_is_named(
    worked: Town, run: Run, table: str, where: str, changed: dict[str, str], told: str
) -> None:
    with worked.workplace.database.sql.begin() as connection:
        columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
        values = ", ".join({"id": "'copy'", **changed}.get(name, name) for name in columns)
        statement = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {where} LIMIT 1"  # noqa: S608
        assert connection.exec_driver_sql(statement).rowcount == 1
    answer = run("verify")
    assert answer.exit_code == 1
    assert answer.stdout.startswith(told)
