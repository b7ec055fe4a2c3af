"""Statistics: the figures of a period, the cases behind each, and the report that is printed of them.

A station sees its own figures, the committee those of the whole street or of one station. The district sees a line of
numbers for each street and nothing that lies behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import auth, charts, printing
from service.charts import Bar
from service.context import the_actor, the_asking, the_workplace, today
from service.language import translate as _
from service.pages.cases import STATUS_CHIPS
from workflows.actor import Actor
from workflows.cases import queries as cases
from workflows.cases.rules import RESULT_CLASSES
from workflows.clock import beijing_date
from workflows.errors import Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, DISTRICT, STATION
from workflows.reports import queries as reports
from workflows.reports import rules
from workflows.reports.queries import Part, Statistics
from workflows.reports.rules import Counts, Figure, Period, PeriodKind

bp = Blueprint("reports", __name__, url_prefix="/reports")

YEARS_BACK = 3
CHARTED_TOPICS = 12


@dataclass(frozen=True)
class Choice:
    """What is looked at, as the address says it."""

    period: Period
    station: str

    @classmethod
    def read(cls, args: Mapping[str, str], on: date) -> "Choice":
        """
        Raises:
            Invalid: this is no period.
        """
        written = args.get("period", "")
        period = Period.read(written) if written else Period.of_day(PeriodKind.HALF_YEAR, on)
        return cls(period, args.get("station", "")[:19])

    def address(self, endpoint: str = "reports.show", **more: str | None) -> str:
        """This choice at a page, or another page or choice."""
        wanted: dict[str, Any] = {"period": self.period.key, "station": self.station or None, **more}
        return url_for(endpoint, **wanted)

    def cases(self, figure: Figure = Figure.VISITS, **part: str | int) -> str:
        """The list of the cases behind a number."""
        return self.address("reports.behind", figure=figure.value, **{key: str(value) for key, value in part.items()})


# ---------------------------------------------------------------------------------------------------- pages


@bp.get("/")
@auth.roles(STATION, COMMITTEE, DISTRICT)
def show() -> str:
    """The figures of a period."""
    workplace, actor, on = the_workplace(), the_actor(), today()
    choice = Choice.read(request.args, on)
    if not actor.roles & {STATION, COMMITTEE}:
        return _streets(actor, choice, on)
    with workplace.reading(actor.subdistrict_id) as session:
        found = reports.statistics(session, actor, choice.period, now=workplace.engine.clock(), station=choice.station)
        earlier = choice.period.a_year_earlier()
        return render_template(
            "reports/show.html",
            **_surroundings(session, actor, choice, on),
            found=found,
            earlier=reports.total(session, actor, earlier, now=workplace.engine.clock(), station=choice.station),
            earlier_name=period_name(earlier),
            pictures=pictures(found, people.unit_names(session)),
        )


@bp.get("/cases")
@auth.roles(STATION, COMMITTEE)
def behind() -> str:
    """The cases that a number counts."""
    workplace, actor, on = the_workplace(), the_actor(), today()
    choice, part = Choice.read(request.args, on), _part()
    with workplace.reading(actor.subdistrict_id) as session:
        now = workplace.engine.clock()
        page = reports.cases_behind(session, actor, choice.period, part, now=now, after=request.args.get("after"))
        after: dict[str, Any] = {**request.args.to_dict(), "after": page.next}
        return render_template(
            "reports/cases.html",
            **_surroundings(session, actor, choice, on),
            page=page,
            part=part,
            count=reports.count_behind(session, actor, choice.period, part, now=now),
            chips=STATUS_CHIPS,
            is_untimed=cases.is_untimed,
            ended_on=lambda case: beijing_date(case.replied_at) if case.replied_at else None,
            next_page=url_for("reports.behind", **after) if page.next else None,
        )


@bp.get("/activities")
@auth.roles(STATION, COMMITTEE)
def activities() -> str:
    """What took place in a period, of one kind or of all."""
    workplace, actor, on = the_workplace(), the_actor(), today()
    choice, kind = Choice.read(request.args, on), request.args.get("kind", "")[:20]
    with workplace.reading(actor.subdistrict_id) as session:
        return render_template(
            "reports/activities.html",
            **_surroundings(session, actor, choice, on),
            kind=kind,
            rows=reports.activities_behind(session, actor, choice.period, kind=kind, station=choice.station),
        )


@bp.get("/suggestions")
@auth.roles(STATION, COMMITTEE)
def suggestions() -> str:
    """The suggestions registered in a period, of one kind or of all."""
    workplace, actor, on = the_workplace(), the_actor(), today()
    choice, kind = Choice.read(request.args, on), request.args.get("kind", "")[:10]
    with workplace.reading(actor.subdistrict_id) as session:
        return render_template(
            "reports/suggestions.html",
            **_surroundings(session, actor, choice, on),
            kind=kind,
            rows=reports.suggestions_behind(session, actor, choice.period, kind=kind, station=choice.station),
        )


@bp.get("/paper")
@auth.roles(STATION, COMMITTEE)
def paper() -> Response:
    """The report of a period in sentences, tables and charts, as a page or as a PDF."""
    workplace, actor, on = the_workplace(), the_actor(), today()
    choice = Choice.read(request.args, on)
    with workplace.reading(actor.subdistrict_id) as session:
        found = reports.statistics(session, actor, choice.period, now=workplace.engine.clock(), station=choice.station)
        around = _surroundings(session, actor, choice, on)
        return printing.paper(
            "reports/paper.html",
            _("%(period)s工作统计报告", period=around["period_name"]),
            as_pdf=request.args.get("as") == "pdf",
            **around,
            found=found,
            on=on,
            street=_street_name(),
            running=choice.period.last >= on,
            notes=[f"{name}：{meaning}。" for name, meaning in _notes()],
            held={kind: count for _dimension, kind, count in found.activities},
            pictures=pictures(found, around["unit_names"]),
            short_station=short_station,
        )


def _streets(actor: Actor, choice: Choice, on: date) -> str:
    """A line of numbers for each street of the district."""
    workplace = the_workplace()
    with workplace.reading(None) as session:
        rows = reports.street_totals(session, actor, choice.period, now=workplace.engine.clock())
    return render_template(
        "reports/streets.html",
        rows=rows,
        choice=choice,
        periods=_periods(on),
        period_name=period_name(choice.period),
        Figure=Figure,
    )


def _part() -> Part:
    """
    Raises:
        Invalid: no such figure or month.
    """
    try:
        figure = Figure(request.args.get("figure", Figure.VISITS.value))
        month = int(request.args["month"]) if "month" in request.args else None
    except ValueError as error:
        raise Invalid("没有这个统计项，请回到统计页面重新选择。") from error
    return Part(
        figure,
        station=request.args.get("station", "")[:19],
        matter_class=request.args.get("matter_class", "")[:20],
        topic=request.args.get("topic", "")[:20],
        month=month,
    )


def _surroundings(session: Session, actor: Actor, choice: Choice, on: date) -> dict[str, Any]:
    """What every page about a period needs."""
    units = people.unit_names(session)
    return {
        "choice": choice,
        "periods": _periods(on),
        "period_name": period_name(choice.period),
        "station_name": units.get(choice.station, "") or _own_station(actor, units),
        "stations": people.station_choices(session) if actor.has_role(COMMITTEE) else [],
        "unit_names": units,
        "labels": labels(),
        "rules": rules,
        "Figure": Figure,
        "result_classes": RESULT_CLASSES,
    }


def _own_station(actor: Actor, units: Mapping[str, str]) -> str:
    """Whose figures a station's clerk sees; empty for the committee."""
    stations = rules.stations_of(actor)
    return "" if stations is None else "、".join(units.get(station, "") for station in sorted(stations))


def _street_name() -> str:
    visitor = the_asking().visitor
    return visitor.subdistrict_name if visitor else ""


# -------------------------------------------------------------------------------------------------- pictures


def pictures(found: Statistics, units: Mapping[str, str]) -> dict[str, Markup]:
    """The charts of a period by name; a chart without anything to show is left out."""
    words = labels()
    if not found.total[Figure.VISITS]:
        return {}
    outcomes = [words[figure] for figure in rules.OUTCOMES]
    topics = list(found.topics.items())[:CHARTED_TOPICS]
    drawn = {
        "months": charts.columns(
            "months",
            _("各月来访"),
            [Bar(_("%(month)d月", month=month), _values(found.months[year, month])) for year, month in found.months],
            outcomes,
        ),
        "stations": charts.bars(
            "stations",
            _("各站来访"),
            [Bar(short_station(units.get(station, "")), _values(counts)) for station, counts in found.stations.items()],
            outcomes,
        ),
        "topics": charts.bars(
            "topics", _("各主题来访"), [Bar(name, (counts[Figure.VISITS],)) for name, counts in topics], [_("来访")]
        ),
    }
    for name, title, figures in (
        ("satisfaction", _("群众评价"), tuple(rules.SATISFACTION)),
        ("results", _("办理结果"), tuple(rules.RESULTS)),
    ):
        if any(found.total[figure] for figure in figures):
            drawn[name] = charts.share(name, title, [(words[figure], found.total[figure]) for figure in figures])
    return drawn


def _values(counts: Counts) -> tuple[int, ...]:
    return tuple(counts[figure] for figure in rules.OUTCOMES)


def short_station(station: str) -> str:
    """A station's name without what all of them have."""
    for ending in ("人大代表工作站", "代表工作站", "工作站"):
        if station.endswith(ending) and station != ending:
            return station.removesuffix(ending)
    return station


# ----------------------------------------------------------------------------------------------------- words


def labels() -> dict[Figure, str]:
    """What each figure is called."""
    return {
        Figure.VISITS: _("来访"),
        Figure.ON_THE_SPOT: _("当场答复"),
        Figure.DECLINED: _("不予受理"),
        Figure.TAKEN_IN: _("转交办理"),
        Figure.IN_TIME: _("按期答复"),
        Figure.LATE: _("逾期答复"),
        Figure.OVERDUE: _("逾期未答复"),
        Figure.NOT_DUE: _("未到期"),
        Figure.PROVISIONAL: _("期限暂定"),
        Figure.UNTIMED: _("不设期限"),
        Figure.CLOSED: _("已办结"),
        Figure.EXTENDED: _("批准延期"),
        Figure.PAUSED: _("暂停计时"),
        Figure.REOPENED: _("重新办理"),
        Figure.MERGED: _("并案办理"),
        Figure.ANONYMOUS: _("匿名来访"),
        Figure.JOINT: _("联名来访"),
        Figure.SATISFIED: _("满意"),
        Figure.FAIRLY: _("基本满意"),
        Figure.DISSATISFIED: _("不满意"),
        Figure.UNREACHED: _("联系不上"),
        Figure.RESULT_A: _("A 已解决"),
        Figure.RESULT_B: _("B 正在解决"),
        Figure.RESULT_C: _("C 列入计划"),
        Figure.RESULT_D: _("D 解释说明"),
    }


def meanings() -> dict[Figure, str]:
    """How a figure is counted, where its name does not say it."""
    return {
        Figure.VISITS: _("本期收到的来访，一件只在收到的那一期计一次"),
        Figure.TAKEN_IN: _("不能当场答复、由工作站或承办单位办理"),
        Figure.IN_TIME: _("最后一天 24 时前已告知来访人；经批准的阶段性答复也算；重新办理的按最近一轮"),
        Figure.LATE: _("告知来访人时已过最后一天"),
        Figure.OVERDUE: _("最后一天已过，还没有告知"),
        Figure.NOT_DUE: _("还没有告知，期限未到"),
        Figure.PROVISIONAL: _("放假安排还没有公布，期限是暂定的，不算逾期"),
        Figure.UNTIMED: _("匿名来访，没有可以告知的人"),
        Figure.EXTENDED: _("至少一次经批准延长答复期限"),
        Figure.PAUSED: _("至少一次经批准暂停计时"),
        Figure.REOPENED: _("来访人不满意，重新办理"),
        Figure.MERGED: _("与同一事项并案办理，分别答复"),
        Figure.JOINT: _("两人以上共同反映一件事"),
    }


def _notes() -> list[tuple[str, str]]:
    """Name and meaning of what the report counts."""
    words = labels()
    rates = [
        (_("按期答复率"), _("按期答复，占按期答复、逾期答复和逾期未答复之和")),
        (_("满意率"), _("满意和基本满意，占作了评价的")),
        (_("来访人次"), _("联名来访按人数，匿名来访按一人")),
    ]
    return [(words[figure], meaning) for figure, meaning in meanings().items()] + rates


def period_name(period: Period) -> str:
    """``2026年上半年``."""
    return _("%(year)d年", year=period.year) + span_name(period)


def span_name(period: Period) -> str:
    """``上半年``, ``第三季度``, ``9月``; empty for a year."""
    if period.kind is PeriodKind.HALF_YEAR:
        return _("上半年") if period.number == 1 else _("下半年")
    if period.kind is PeriodKind.QUARTER:
        return (_("第一季度"), _("第二季度"), _("第三季度"), _("第四季度"))[period.number - 1]
    if period.kind is PeriodKind.MONTH:
        return _("%(month)d月", month=period.number)
    return ""


def _periods(on: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be chosen, newest first, in groups: key and name."""
    groups = (
        (_("半年"), PeriodKind.HALF_YEAR, 2 * YEARS_BACK),
        (_("季度"), PeriodKind.QUARTER, 4 * YEARS_BACK),
        (_("年度"), PeriodKind.YEAR, YEARS_BACK),
        (_("月份"), PeriodKind.MONTH, 12 * YEARS_BACK),
    )
    listed = []
    for name, kind, count in groups:
        period, choices = Period.of_day(kind, on), []
        for _number in range(count):
            choices.append((period.key, period_name(period)))
            period = period.before()
        listed.append((name, choices))
    return listed
