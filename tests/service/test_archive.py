"""A year in one package: everything that was sealed, its papers, a catalogue, hashes that tell of a changed byte."""

import csv
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from service import archive
from service.cli.main import cli
from tests.process.assessing import AGREED, Office
from tests.service.test_year_pages import office as office  # noqa: PLC0414  # the fixture: a year to be settled
from workflows.assessment.tables import MonthlyAssessment, QuarterAssessment
from workflows.errors import Conflict
from workflows.people import queries as people
from workflows.people.tables import Subdistrict


def _written(office: Office, web: Flask, target: Path) -> list[str]:
    with office.workplace.reading(office.town.subdistrict_id) as session:
        street = session.scalars(select(Subdistrict)).one()
        return list(archive.Archive(web, session, street, 2026).write(target))


@pytest.fixture
def package(office: Office, web: Flask, tmp_path: Path) -> Path:
    office.complete("committee1", "settle", {})
    office.complete("director", "approve", AGREED)
    _written(office, web, tmp_path / "2026.zip")
    return tmp_path / "2026.zip"


def test_a_package_holds_what_was_sealed_byte_for_byte_and_its_papers(office: Office, package: Path) -> None:
    with zipfile.ZipFile(package) as opened, office.workplace.reading(office.town.subdistrict_id) as session:
        names = opened.namelist()
        months = session.scalars(select(MonthlyAssessment).where(MonthlyAssessment.period == "2026-12")).all()
        for month in months:
            name = people.person(session, month.person_id).name
            sealed = opened.read(f"月度/2026-12/{name}-{month.person_id}.json")
            assert hashlib.sha256(sealed).hexdigest() == month.sealed_hash
        (quarter,) = session.scalars(select(QuarterAssessment)).all()
        assert hashlib.sha256(opened.read("季度/2026Q4.json")).hexdigest() == quarter.sealed_hash
        seat = office.town.deputies[1]
        paper = PdfReader(io.BytesIO(opened.read(f"打印/履职档案/{seat.name}-{seat.person_id}.pdf")))
        listed = list(csv.DictReader(io.StringIO(opened.read("catalogue.csv").decode("utf-8-sig"))))
    text = "".join("".join(page.extract_text().split()) for page in paper.pages)
    assert f"{seat.name}官庄村合计60分，任职1个季度" in text
    assert "12月01日专题培训" in text
    assert [row["件号"] for row in listed] == [str(number) for number in range(1, len(listed) + 1)]
    assert {row["文件"] for row in listed} == set(names) - {"catalogue.csv", "SHA256SUMS"}
    assert len(listed) == 6 + 1 + 1 + 1 + 6  # months, quarter, year, the list, a file for each deputy
    row = next(row for row in listed if row["文件"].endswith(f"{seat.person_id}.pdf"))
    assert (row["题名"], row["页数"], row["保管期限"]) == (
        f"{seat.name}2026年度履职档案",
        str(len(paper.pages)),
        "30年",
    )


def test_one_changed_byte_a_missing_and_an_added_file_are_found(package: Path) -> None:
    assert CliRunner().invoke(cli, ["archive-check", str(package)]).output == "归档包完整，没有改动。\n"
    broken = package.with_name("broken.zip")
    with zipfile.ZipFile(package) as opened, zipfile.ZipFile(broken, "x") as changed:
        for name in opened.namelist():
            content = opened.read(name)
            if name == "季度/2026Q4.json":
                content = content.replace(b'"index": "', b'"index": "9', 1)
            if name != "年度/2026.json":
                changed.writestr(name, content)
        changed.writestr("打印/另加.txt", "x")
    outcome = CliRunner().invoke(cli, ["archive-check", str(broken)])
    assert outcome.exit_code == 1
    assert outcome.output.splitlines() == [
        "季度/2026Q4.json：内容被改动",
        "年度/2026.json：缺少",
        "打印/另加.txt：不在目录里",
    ]


def test_a_year_that_is_not_final_and_a_file_that_is_there_are_refused(
    office: Office, web: Flask, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="还没有审定"):
        _written(office, web, tmp_path / "early.zip")
    office.complete("committee1", "settle", {})
    office.complete("director", "approve", AGREED)
    there = tmp_path / "there.zip"
    there.write_bytes(b"kept")
    with pytest.raises(Conflict, match="已经存在"):
        _written(office, web, there)
    assert there.read_bytes() == b"kept"
    outcome = CliRunner().invoke(cli, ["archive-check", str(there)])
    assert (outcome.exit_code, "不是年度归档包" in outcome.output) == (1, True)


def test_a_package_that_could_not_be_finished_leaves_nothing_behind(office: Office, web: Flask, tmp_path: Path) -> None:
    office.complete("committee1", "settle", {})
    office.complete("director", "approve", AGREED)
    with office.workplace.reading(office.town.subdistrict_id) as session:
        street = session.scalars(select(Subdistrict)).one()
        writing = archive.Archive(web, session, street, 2026).write(tmp_path / "2026.zip")
        next(writing)
        (half,) = [path.name for path in tmp_path.iterdir() if path.name.startswith("2026")]
        assert half.endswith(".part")
        writing.close()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("2026")] == []


def test_no_name_of_a_person_makes_a_folder_in_the_package(office: Office, web: Flask, tmp_path: Path) -> None:
    with office.workplace.unit_of_work(office.town.subdistrict_id) as session:
        people.person(session, office.town.deputies[1].person_id).name = "../../周\\/桂"
    office.complete("committee1", "settle", {})
    office.complete("director", "approve", AGREED)
    names = _written(office, web, tmp_path / "2026.zip")
    assert not [name for name in names if ".." in name or "\\" in name or name.count("/") > 2]
    assert [name for name in names if f"周桂-{office.town.deputies[1].person_id}" in name]
