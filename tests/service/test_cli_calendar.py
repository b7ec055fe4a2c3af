"""`luji due` and `luji calendar`: dates with their reasons, a batch, an import, a year at a glance."""

import json
import os
import pwd
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from service.cli.calendar import calendar, due
from tests.factories import Town, small_town
from tests.unit.workdays_notices import NEXT_YEAR, transcript
from workflows.audit import AuditEntry
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.settings import BadSettings
from workflows.wiring import Workplace
from workflows.workdays import queries, seed
from workflows.workdays.rules import YearStatus

Run = Callable[..., Result]
OPERATOR = f"命令行（{pwd.getpwuid(os.getuid()).pw_name}）"
commands = click.Group(commands={"due": due, "calendar": calendar})


@pytest.fixture
def run(workplace: Workplace) -> Run:
    """A command on a house that is set up."""

    def invoke(*arguments: str, given: str | bytes | None = None) -> Result:
        return CliRunner().invoke(commands, list(arguments), input=given, obj=lambda: workplace)

    return invoke


@pytest.fixture
def notice_file(tmp_path: Path) -> Path:
    path = tmp_path / "2027.txt"
    path.write_text(transcript(2027, NEXT_YEAR), encoding="utf-8")
    return path


@pytest.fixture
def town(workplace: Workplace) -> Town:
    return small_town(workplace)


def nowhere() -> Workplace:
    raise BadSettings("DATABASE_URL is required in production")


def status(workplace: Workplace, year: int) -> YearStatus:
    with workplace.reading(None) as session:
        return queries.year_status(session, year)


# ------------------------------------------------------------------------------------------------------- due


def test_the_date_and_the_reason_for_every_day(run: Run) -> None:
    shown = run("due", "--start", "2026-09-24", "--days", "7")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert lines[0] == "2026-09-24 起第 7 个工作日：2026-10-12（周一，正式）"
    assert lines[1] == "9月24日（周四）为起算日，不计"
    assert lines[2] == "9月25日（周五，中秋节放假）不计"
    assert "10月10日（周六，国庆节补班）计第6日" in lines
    assert lines[-1] == "10月12日（周一，工作日）计第7日"
    assert len(lines) == 2 + 18


def test_seven_working_days_unless_told_otherwise(run: Run) -> None:
    assert run("due", "--start", "2026-03-02").stdout.startswith("2026-03-02 起第 7 个工作日：2026-03-11")


def test_a_provisional_date_says_so_and_warns(run: Run) -> None:
    shown = run("due", "--start", "2027-01-20").stdout
    assert "（周五，暂定）" in shown.splitlines()[0]
    assert shown.splitlines()[-1] == "临近春节或国庆节，放假安排公布后可能提前，请提早办理。"


def test_the_same_as_one_json_object(run: Run) -> None:
    answer = json.loads(run("due", "--start", "2026-09-24", "--days", "7", "--json").stdout)
    assert (answer["start"], answer["n"], answer["due"], answer["final"]) == ("2026-09-24", 7, "2026-10-12", True)
    assert answer["warning"] is None
    assert answer["trace"][-3] == {
        "date": "2026-10-10",
        "counted": 6,
        "reason": "国庆节补班",
        "source": "国务院办公厅关于2026年部分节假日安排的通知",
        "settled": True,
        "text": "10月10日（周六，国庆节补班）计第6日",
    }


def test_it_needs_no_set_up() -> None:
    shown = CliRunner().invoke(due, ["--start", "2026-09-24", "--json"], obj=nowhere)
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["due"] == "2026-10-12"
    assert "没有可用的数据库" in shown.stderr


def test_a_database_without_tables_is_no_obstacle(workplace: Workplace, run: Run) -> None:
    with workplace.database.sql.connect() as connection:
        connection.exec_driver_sql("DROP TABLE calendar_revision")
    assert "2026-10-12" in run("due", "--start", "2026-09-24").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--start", "2026-09-24", "--days", "0"), "至少是 1"),
        (("--start", "2006-12-31"), "2007 年以前"),
        (("--start", "2061-01-01"), "2060 年以后"),
    ],
)
def test_what_has_no_deadline_is_refused(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    refused = run("due", *arguments).exception
    assert isinstance(refused, Invalid)
    assert sentence in str(refused)


@pytest.mark.parametrize("arguments", [(), ("--start", "24.9.2026"), ("--start", "2026-09-24", "--batch", "-")])
def test_a_wrong_call_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("due", *arguments).exit_code == 2


def test_a_batch_answers_line_by_line(run: Run, tmp_path: Path) -> None:
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"start": "2026-09-24", "n": 7}\n\n{"start": "2026-12-28", "n": 7}\n')
    for source, given in ((str(asked), None), ("-", asked.read_text())):
        answered = run("due", "--batch", source, given=given)
        assert answered.exit_code == 0
        assert [json.loads(line) for line in answered.stdout.splitlines()] == [
            {"start": "2026-09-24", "n": 7, "due": "2026-10-12", "final": True},
            {"start": "2026-12-28", "n": 7, "due": "2027-01-07", "final": False},
        ]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (b"nonsense", "看不懂这一行"),
        (b'{"start": "2026-02-30", "n": 7}', "看不懂这一行"),
        (b'{"start": "2026-03-02"}', "看不懂这一行"),
        (b'{"start": "2026-03-02", "n": "7"}', "看不懂这一行"),
        (b'{"start": "2026-03-02", "n": 7.0}', "看不懂这一行"),
        (b'{"start": "2026-03-02", "n": true}', "看不懂这一行"),
        (b'{"start": 20260302, "n": 7}', "看不懂这一行"),
        (b'["2026-03-02", 7]', "看不懂这一行"),
        (b"[" * 100_000, "看不懂这一行"),
        (b"\xff\xfe\x00", "看不懂这一行"),
        (b'{"start": "2026-03-02", "n": 0}', "至少是 1"),
        (b'{"start": "2006-03-02", "n": 7}', "2007 年以前"),
        (b'{"start": "9999-12-31", "n": 7}', "2060 年以后"),
        (b'{"start": "2026-03-02", "n": 1' + b"0" * 300 + b"}", "没有那么远的日历"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_answered(run: Run, bad: bytes, sentence: str) -> None:
    good = b'{"start": "2026-03-02", "n": 7}'
    answered = run("due", "--batch", "-", given=b"\n".join([good, bad, good]))
    assert answered.exit_code == 1
    first, second, third = (json.loads(line) for line in answered.stdout.splitlines())
    assert first == third == {"start": "2026-03-02", "n": 7, "due": "2026-03-11", "final": True}
    assert second["line"] == 2
    assert sentence in second["error"]


def test_a_hundred_thousand_lines_are_answered_rightly(run: Run) -> None:
    starts = [date(2007, 1, 1) + timedelta(days=n % 7000) for n in range(100_000)]
    answered = run("due", "--batch", "-", given="".join(f'{{"start": "{day}", "n": 7}}\n' for day in starts))
    lines = answered.stdout.splitlines()
    assert len(lines) == 100_000
    china = seed.bundled()
    for n in range(0, 100_000, 997):
        assert json.loads(lines[n])["due"] == china.add_working_days(starts[n], 7).isoformat()


# ---------------------------------------------------------------------------------------------------- import


def test_a_draft_is_shown_and_not_in_force(run: Run, workplace: Workplace, notice_file: Path) -> None:
    shown = run("calendar", "import", str(notice_file))
    assert shown.exit_code == 0, shown.exception
    lines = shown.stdout.splitlines()
    assert lines[0] == "2027 年放假安排预览：国务院办公厅关于2027年部分节假日安排的通知国办发明电〔2026〕7号"
    assert lines[1] == "检查全部通过。"
    assert lines[2] == (
        "补班：春节 2月14日（周日）；劳动节 5月8日（周六）；国庆节 9月26日（周日）；国庆节 10月9日（周六）"
    )
    assert "新增 2027-05-08（周六）班 劳动节" in lines
    assert lines[-1].startswith("以上是草稿，尚未生效。")
    assert status(workplace, 2027) is YearStatus.DRAFT
    assert "暂定" in run("due", "--start", "2027-02-01").stdout


def test_a_confirmed_import_is_in_force(run: Run, workplace: Workplace, notice_file: Path) -> None:
    done = run("calendar", "import", str(notice_file), "--year", "2027", "--confirm")
    assert done.exit_code == 0, done.exception
    assert done.stdout.splitlines()[-1] == "2027 年放假安排已生效，0 件未办结事项的期限有变动。"
    assert status(workplace, 2027) is YearStatus.OFFICIAL
    assert "2027-02-16（周二，正式）" in run("due", "--start", "2027-02-01").stdout


def test_one_person_drafts_and_another_confirms(run: Run, town: Town, workplace: Workplace, notice_file: Path) -> None:
    assert run("calendar", "import", str(notice_file), "--by", "admin").exit_code == 0
    assert isinstance(run("calendar", "import", str(notice_file), "--confirm", "--by", "admin").exception, NotAllowed)
    assert isinstance(run("calendar", "import", str(notice_file), "--confirm", "--by", "office").exception, NotAllowed)
    assert isinstance(run("calendar", "import", str(notice_file), "--confirm", "--by", "nobody").exception, NotFound)
    assert status(workplace, 2027) is YearStatus.DRAFT
    assert run("calendar", "import", str(notice_file), "--confirm").exit_code == 0
    with workplace.reading(None) as session:
        row = queries.years(session)[-1]
    assert row.imported_by == town.actor("admin").name
    assert row.confirmed_by == OPERATOR


def test_without_a_login_the_account_of_the_machine_is_in_the_books(
    run: Run, workplace: Workplace, notice_file: Path
) -> None:
    assert run("calendar", "import", str(notice_file), "--confirm").exit_code == 0
    with workplace.reading(None) as session:
        row, revision = queries.years(session)[-1], queries.revisions(session)[0]
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (row.imported_by, row.confirmed_by, revision.by) == (OPERATOR, OPERATOR, OPERATOR)
    assert entry is not None
    assert (entry.action, entry.actor_name, entry.actor_id) == ("calendar.revised", OPERATOR, "console")
    assert run("calendar", "show", "2027").stdout.startswith("2027 年放假安排（正式）")


def test_a_finding_that_blocks_is_shown_and_the_import_refused(
    run: Run, workplace: Workplace, notice_file: Path
) -> None:
    notice_file.write_text(transcript(2027, NEXT_YEAR).replace("5月8日（周六）", "5月8日（周日）"), encoding="utf-8")
    refused = run("calendar", "import", str(notice_file), "--confirm", "--reason", "核对过")
    assert "✗ 5月8日是周六，文中写的是周日。" in refused.stdout
    assert isinstance(refused.exception, Invalid)
    assert status(workplace, 2027) is YearStatus.DRAFT


def test_a_doubt_needs_a_reason(run: Run, workplace: Workplace, notice_file: Path) -> None:
    notice_file.write_text(transcript(2027, NEXT_YEAR).replace("5月8日（周六）上班。", ""), encoding="utf-8")
    refused = run("calendar", "import", str(notice_file), "--confirm")
    assert "! 工作日放假天数减去补班天数应当是 13，这里是 14" in refused.stdout
    assert isinstance(refused.exception, Invalid)
    assert run("calendar", "import", str(notice_file), "--confirm", "--reason", "原文如此").exit_code == 0
    assert status(workplace, 2027) is YearStatus.OFFICIAL


def test_a_notice_of_another_year_is_refused(run: Run, notice_file: Path) -> None:
    refused = run("calendar", "import", str(notice_file), "--year", "2028", "--confirm", "--reason", "x")
    assert "✗ 原文写的是 2027 年，与所选的 2028 年不一致。" in refused.stdout
    assert isinstance(refused.exception, Invalid)


def test_the_empty_file_of_next_year_is_refused(run: Run, workplace: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "2027.json"
    path.write_text(json.dumps({"year": 2027, "papers": [], "days": []}))
    assert "还没有公布" in str(run("calendar", "import", str(path), "--confirm").exception)
    assert status(workplace, 2027) is YearStatus.UNPUBLISHED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("kind", ["notice", "sheet"])
def test_files_may_come_from_a_chinese_desktop(run: Run, tmp_path: Path, encoding: str, kind: str) -> None:
    path = tmp_path / "file"
    rows = "\n".join(
        f"{rule.day},{'上班' if rule.working else '放假'},{rule.name}" for rule in seed.national_days()[2026]
    )
    path.write_text(transcript(2026) if kind == "notice" else f"日期,类型,名称\n{rows}", encoding=encoding)
    shown = run("calendar", "import", str(path), "--kind", kind, "--year", "2026")
    assert shown.exit_code == 0, shown.exception
    assert "与已生效的安排没有差别。" in shown.stdout


def test_the_template_is_written_and_read_back(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    assert run("calendar", "template", str(path)).exit_code == 0
    shown = run("calendar", "import", str(path))
    assert "新增 2027-01-03（周日）班 元旦" in shown.stdout
    assert "✗ 没有找到：春节" in shown.stdout


def test_a_picture_is_not_imported(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "notice.txt"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    assert isinstance(run("calendar", "import", str(path)).exception, Invalid)
    path.write_bytes(b" " * 3_000_000)
    assert "文件太大" in str(run("calendar", "import", str(path)).exception)


def test_an_import_without_a_database_says_what_to_do(run: Run, workplace: Workplace, notice_file: Path) -> None:
    with workplace.database.sql.connect() as connection:
        connection.exec_driver_sql("DROP TABLE calendar_revision")
    assert "请先运行 luji migrate" in str(run("calendar", "import", str(notice_file)).exception)


# ------------------------------------------------------------------------------------------------------ show


def test_a_year_at_a_glance(run: Run) -> None:
    shown = run("calendar", "show", "2026")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert lines[0] == "2026 年放假安排（正式）"
    assert [name in lines[1] for name in ("1月", "2月", "3月", "4月")] == [True, True, True, False]
    assert lines[2].split() == ["一", "二", "三", "四", "五", "六", "日"] * 3
    assert lines[3].startswith(" " * 12 + " 1休 2休 3休 4班")  # 1 January 2026 is a Thursday
    assert "2026-10-10（周六）班 国庆节" in lines
    assert all(len(line) <= 90 for line in lines)


def test_a_year_that_is_not_published_shows_what_is_assumed(run: Run, notice_file: Path) -> None:
    shown = run("calendar", "show", "2027").stdout
    assert shown.startswith("2027 年放假安排（未公布）\n尚未生效，按法定假日暂定")
    assert "15休" in shown  # Mid-Autumn
    assert "班" not in shown.replace("补班", "")
    run("calendar", "import", str(notice_file))
    assert run("calendar", "show", "2027").stdout.startswith("2027 年放假安排（草稿）")


def test_a_year_as_json(run: Run) -> None:
    answer = json.loads(run("calendar", "show", "2026", "--json").stdout)
    assert (answer["year"], answer["status"], len(answer["days"])) == (2026, "official", 39)
    assert answer["days"][3] == {
        "date": "2026-01-04",
        "working": True,
        "name": "元旦",
        "layer": "national",
        "source": "国务院办公厅关于2026年部分节假日安排的通知",
    }


def test_a_year_is_shown_without_any_database() -> None:
    shown = CliRunner().invoke(calendar, ["show", "2027", "--json"], obj=nowhere)
    assert json.loads(shown.stdout) == {"year": 2027, "status": "unpublished", "days": []}
