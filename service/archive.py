"""A year's archive package: sealed documents, papers, a catalogue and the hash of every file (domain §3.9).

What was sealed goes in as the very bytes of its seal; papers are printed anew from the same rows. Whoever has the
package can check it without this system: `SHA256SUMS` is in the form that ``sha256sum -c`` reads.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from flask import Flask, render_template
from sqlalchemy.orm import Session

from service import printing
from service.pages.publicity import board_places
from service.pages.years import standings_of
from workflows.assessment import queries, rules, year_actions, year_queries
from workflows.assessment.rules import Month, Quarter
from workflows.assessment.tables import YearAssessment
from workflows.clock import beijing_date
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.tables import Subdistrict
from workflows.storage.types import new_id

KEPT_YEARS: Final = 30
"""How long results and forms are kept (domain Q46)."""
SUMS: Final = "SHA256SUMS"
CATALOGUE: Final = "catalogue.csv"
_NOT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_COLUMNS: Final = ("件号", "题名", "责任者", "日期", "页数", "保管期限", "文件")


@dataclass(frozen=True)
class Piece:
    """One file of the package.

    Attributes:
        pages: None for data, and for a paper that this machine could not turn into a PDF.
    """

    name: str
    title: str
    by: str
    on: date | None
    content: bytes
    pages: int | None = None


@dataclass
class Archive:
    """The package of one year of one street."""

    app: Flask
    session: Session
    street: Subdistrict
    year: int
    row: YearAssessment = field(init=False)

    def __post_init__(self) -> None:
        """
        Raises:
            NotFound: the year was not opened.
            Conflict: its results are not final.
        """
        self.row = year_queries.year_of(self.session, self.year)
        if self.row.approved_at is None:
            raise Conflict("{year}年的考核结果还没有审定，审定以后才能归档。", year=self.year)

    def write(self, target: Path) -> Iterator[str]:
        """Write the package; yields the name of each file as it is written. A half package never bears its name.

        Raises:
            Conflict: there is such a file already.
        """
        if target.exists():
            raise Conflict("{file}已经存在，请换一个文件名。", file=target)
        part = target.with_name(f"{target.name}.{new_id()}.part")  # two may write at once
        try:
            yield from self._write(part)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)

    def _write(self, part: Path) -> Iterator[str]:
        rows: list[tuple[str, ...]] = [_COLUMNS]
        sums: dict[str, str] = {}
        with zipfile.ZipFile(part, "x", zipfile.ZIP_DEFLATED) as package:
            for number, piece in enumerate(self._pieces(), 1):
                package.writestr(piece.name, piece.content)
                sums[piece.name] = hashlib.sha256(piece.content).hexdigest()
                rows.append(_line(number, piece))
                yield piece.name
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            listed = ("\ufeff" + text.getvalue()).encode()  # so that office programs read it as UTF-8
            package.writestr(CATALOGUE, listed)
            sums[CATALOGUE] = hashlib.sha256(listed).hexdigest()
            package.writestr(SUMS, "".join(f"{seal}  {name}\n" for name, seal in sums.items()))

    def _pieces(self) -> Iterator[Piece]:
        yield from self._months()
        yield from self._quarters()
        yield self._sealed(f"年度/{self.year}.json", f"{self.year}年度考核结果", self.row)
        yield from self._papers()

    def _months(self) -> Iterator[Piece]:
        names: dict[str, str] = {}
        for number in range(1, 13):
            month = Month(self.year, number)
            for row in queries.months_of(self.session, str(month)):
                if row.sealed_document is None:
                    continue
                if row.person_id not in names:
                    names[row.person_id] = people.person(self.session, row.person_id).name
                name = names[row.person_id]
                title = f"{name}{month.label}自评审核表"
                yield Piece(
                    f"月度/{month}/{_in_a_path(name)}-{row.person_id}.json",
                    title,
                    row.reviewed_by,
                    _day(row.archived_at),
                    row.sealed_document.encode(),
                )

    def _quarters(self) -> Iterator[Piece]:
        for row in year_queries.quarters_of(self.session, self.year):
            if row.sealed_document is not None:
                yield self._sealed(f"季度/{row.period}.json", f"{Quarter.read(row.period).label}考核结果", row)

    def _sealed(self, name: str, title: str, row: Any) -> Piece:
        return Piece(name, title, row.approved_by, _day(row.approved_at), (row.sealed_document or "").encode())

    def _papers(self) -> Iterator[Piece]:
        committee = f"{self.street.name}人大工委"
        for row in year_queries.quarters_of(self.session, self.year):
            places = board_places(self.session, row.id)
            if places and places[0].entry.confirmed_at is not None:
                title = f"{Quarter.read(row.period).label}红黑榜"
                shown = {"quarter": Quarter.read(row.period), "rows": places}
                day = _day(places[0].entry.confirmed_at)
                yield self._paper(f"打印/{title}", title, committee, day, "prints/board.html", **shown)
        results = year_queries.results(self.session, self.row.id)
        title = f"{self.year}年度优秀议政代表名单"
        proposed = [each for each in year_actions.list_of(self.session, self.row) if not each.left_out]
        day = _day(self.row.approved_at)
        shown = {"row": self.row, "standings": standings_of(self.session, proposed)}
        yield self._paper(f"打印/{title}", title, committee, day, "prints/commended.html", **shown)
        for standing in standings_of(self.session, results):
            title = f"{standing.name}{self.year}年度履职档案"
            name = f"打印/履职档案/{_in_a_path(standing.name)}-{standing.result.person_id}"
            served = [Quarter.read(period) for period in standing.result.parts]
            files = [queries.file_of(self.session, standing.result.person_id, quarter) for quarter in served]
            yield self._paper(name, title, committee, day, "prints/yearly_file.html", result=standing, files=files)

    def _paper(self, name: str, title: str, by: str, on: date | None, template: str, **facts: Any) -> Piece:
        """A PDF, or the page itself where this machine can not make one."""
        with self.app.test_request_context():
            page = render_template(
                template,
                year=self.year,
                street=self.street.name,
                unit_names=people.unit_names(self.session),
                points=rules.points_text,
                fault=False,
                **facts,
            )
        try:
            content, pages = printing.printed(page)
        except printing.NoPdf:
            return Piece(f"{name}.html", title, by, on, page.encode())
        return Piece(f"{name}.pdf", title, by, on, content, pages)


def _line(number: int, piece: Piece) -> tuple[str, ...]:
    on = piece.on.isoformat() if piece.on else ""
    return str(number), piece.title, piece.by, on, str(piece.pages or ""), f"{KEPT_YEARS}年", piece.name


def _in_a_path(name: str) -> str:
    """A person's name as part of a file's name: nothing that any system takes for a folder or refuses."""
    return _NOT_IN_NAMES.sub("", name).strip(" .") or "无名"


def _day(moment: Any) -> date | None:
    return beijing_date(moment) if moment else None


def check(package: Path) -> list[str]:
    """What is wrong with a package: files that were changed, are missing, or were added; empty when nothing is.

    Raises:
        Invalid: not a package of ours.
    """
    try:
        with zipfile.ZipFile(package) as opened:
            listed = (line.partition("  ") for line in opened.read(SUMS).decode().splitlines())
            sums = {name: seal for seal, _, name in listed if name}
            there = {name for name in opened.namelist() if name != SUMS}
            return [
                *(f"{name}：内容被改动" for name in sorted(there & sums.keys()) if _differs(opened, name, sums[name])),
                *(f"{name}：缺少" for name in sorted(sums.keys() - there)),
                *(f"{name}：不在目录里" for name in sorted(there - sums.keys())),
            ]
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise Invalid("{file}不是年度归档包，请检查文件。", file=package) from error


def _differs(opened: zipfile.ZipFile, name: str, seal: str) -> bool:
    try:
        return hashlib.sha256(opened.read(name)).hexdigest() != seal
    except zipfile.BadZipFile:  # its own checksum is wrong already
        return True
