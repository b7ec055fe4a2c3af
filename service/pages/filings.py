"""请示 and 报告 to the party working committee: the register, a paper's file, and what forms show about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from service import auth
from service.context import the_actor, the_workplace, today
from service.panels import PanelContext
from service.standing import surroundings
from workflows.engine.visibility import SEES_EVERY_INSTANCE
from workflows.filings import queries as filings
from workflows.filings.rules import Category, Status
from workflows.filings.tables import Filing
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE

bp = Blueprint("filings", __name__, url_prefix="/filings")

STATUS_CHIPS = {
    Status.CHECKED: "info",
    Status.RETURNED: "warn",
    Status.TO_SIGN: "info",
    Status.FILED: "info",
    Status.REPLIED: "info",
    Status.CARRIED_OUT: "info",
    Status.ARCHIVED: "ok",
    Status.WITHDRAWN: "",
}
OUTCOME_CHIPS = {"已落实": "ok", "部分落实": "warn", "未能落实": "bad"}
LATE = {"yes": True, "no": False}


@dataclass(frozen=True)
class Search:
    """What is looked for, as the address says it."""

    year: int | None
    late: str
    open_tasks: bool
    text: str

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Search":
        year = args.get("year", "")
        return cls(
            year=int(year) if year.isdecimal() and len(year) == 4 and year > "0000" else None,
            late=args.get("late", "") if args.get("late") in LATE else "",
            open_tasks=args.get("tasks") == "1",
            text=args.get("text", "").strip()[:60],
        )

    @property
    def narrows(self) -> bool:
        return bool(self.year or self.late or self.open_tasks or self.text)

    def address(self, **changes: str | None) -> str:
        wanted: dict[str, Any] = {
            "year": str(self.year) if self.year else None,
            "late": self.late or None,
            "tasks": "1" if self.open_tasks else None,
            "text": self.text or None,
        }
        return url_for("filings.index", **{**wanted, **changes})


@bp.get("/")
@auth.roles(COMMITTEE)
def index() -> str:
    """The register, newest first, with how many of the year were filed in time."""
    workplace, actor, search = the_workplace(), the_actor(), Search.read(request.args)
    day = today()
    year = search.year or day.year
    with workplace.reading(actor.subdistrict_id) as session:
        page = filings.listed(
            session,
            actor,
            year=search.year,
            late=LATE.get(search.late),
            open_tasks=search.open_tasks,
            text=search.text,
            after=request.args.get("after"),
        )
        now = workplace.engine.clock()
        return render_template(
            "filings/index.html",
            page=page,
            search=search,
            years=filings.years(session),
            progress=filings.progress(session, [row.id for row in page.rows], day),
            late={row.id for row in page.rows if filings.is_late_to_file(row, now)},
            year=year,
            rate=filings.in_time_rate(session, day.replace(year, 1, 1), day.replace(year, 12, 31)),
            chips=STATUS_CHIPS,
            next_page=search.address(after=page.next) if page.next else None,
        )


@bp.get("/<filing_id>")
@auth.roles(COMMITTEE)
def show(filing_id: str) -> str:
    workplace, actor = the_workplace(), the_actor()
    with workplace.reading(actor.subdistrict_id) as session:
        filing = filings.filing_for(session, actor, filing_id)
        instance = filings.instance_of(session, filing)
        now = workplace.engine.clock()
        return render_template(
            "filings/show.html",
            **_facts(session, filing),
            late_to_file=filings.is_late_to_file(filing, now),
            late_to_answer=filings.is_late_to_answer(filing, now),
            instance=instance,
            sees_process=instance is not None and bool(actor.roles & SEES_EVERY_INSTANCE),
            **surroundings(session, actor, instance),
        )


def _facts(session: Session, filing: Filing) -> dict[str, Any]:
    """Everything about a paper that its file and the panels in forms show."""
    names = people.unit_names(session)
    several = filings.tasks(session, filing.id)
    return {
        "paper": filing,
        "categories": Category,
        "tasks": several,
        "owners": {task.id: filings.owner_name(task, names) for task in several},
        "overdue": {task.id for task in several if task.done_at is None and filings.is_late(task, today())},
        "files": filings.files_of(session, filing.id),
        "chips": STATUS_CHIPS,
        "outcome_chips": OUTCOME_CHIPS,
    }


# ------------------------------------------------------------------------------------------------ inside forms


def summary(panel: PanelContext) -> Markup:
    """The paper in short, above the committee's forms about it."""
    return _drawn(panel, "filings/summary.html")


def tasks(panel: PanelContext) -> Markup:
    """What came of every task."""
    return _drawn(panel, "filings/tasks.html")


def _drawn(panel: PanelContext, template: str) -> Markup:
    filing = filings.get(panel.session, panel.subject)
    return Markup(render_template(template, **_facts(panel.session, filing)))  # noqa: S704 - ours, it escapes


def task(panel: PanelContext) -> Markup:
    """What somebody has to do, and by when; of the paper only its number and title."""
    row = filings.task(panel.session, panel.step_data("duty")["task"])
    filing = filings.get(panel.session, row.filing_id)
    return Markup(render_template("filings/task.html", paper=filing, task=row))  # noqa: S704 - ours, it escapes
