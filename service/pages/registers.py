"""Registers and figures as Excel files. Whoever takes one away is noted; people's names and numbers stay masked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import auth, workbooks
from service.context import the_actor, the_workplace, today
from service.language import translate as _
from service.pages.reports import Choice, labels, meanings, period_name
from service.workbooks import Column, Kind, Sheet, Value
from workflows.actor import Actor
from workflows.cases import queries as cases
from workflows.cases import rules as case_rules
from workflows.cases.tables import Case, CaseParty, CaseReferral
from workflows.errors import Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE, STATION
from workflows.reports import actions
from workflows.reports import queries as reports
from workflows.reports.queries import Statistics
from workflows.reports.rules import Average, Counts, Figure, Rate

bp = Blueprint("registers", __name__, url_prefix="/reports")

Sheets = Callable[[Session, Actor, Choice], list[Sheet]]


@bp.post("/excel")
@auth.roles(STATION, COMMITTEE)
def download() -> Response:
    """A register or the figures of a period, to keep."""
    workplace, actor = the_workplace(), the_actor()
    choice, what = Choice.read(request.args, today()), request.form.get("what", "")
    if what not in _FILES:
        raise Invalid("没有这种表，请回到统计页面重新选择。")
    name, sheets = _names()[what], _FILES[what]
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        actions.note_export(
            session, actor, what=what, period=choice.period, station=choice.station, at=workplace.engine.clock()
        )
        return workbooks.download(sheets(session, actor, choice), f"{period_name(choice.period)}{name}")


def _names() -> dict[str, str]:
    return {"statistics": _("统计表"), "visits": _("来访登记簿"), "ledger": _("办件台账")}


# ------------------------------------------------------------------------------------------------ registers


def visits(session: Session, actor: Actor, choice: Choice) -> list[Sheet]:
    """来访登记簿: every visit of a period, one line each."""
    columns = [
        Column(_("编号"), 12),
        Column(_("来访日期"), 12, Kind.DAY),
        Column(_("工作站"), 26),
        Column(_("来访人"), 16),
        Column(_("人数"), 7, Kind.NUMBER),
        Column(_("类别"), 11),
        Column(_("主题"), 12),
        Column(_("地点"), 18),
        Column(_("事由"), 34),
        Column(_("处理方式"), 12),
        Column(_("答复期限"), 12, Kind.DAY),
        Column(_("答复时间"), 18, Kind.MOMENT),
        Column(_("满意度"), 10),
        Column(_("登记人"), 14),
    ]
    heading = f"{period_name(choice.period)}{_('来访登记簿')}"
    return [Sheet(_("来访登记簿"), heading, columns, _visit_rows(session, actor, choice))]


def _visit_rows(session: Session, actor: Actor, choice: Choice) -> Iterator[Sequence[Value]]:
    units = people.unit_names(session)
    for case, parties, _referral in _with_people(session, actor, choice):
        yield (
            case.number,
            case.received_on,
            units.get(case.station_id, ""),
            _masked_names(case, parties),
            max(len(parties), 1),
            case.matter_class,
            case.topic,
            case.place,
            _unnamed(case.listed_title, parties),
            case.status,
            case.respond_by,
            case.replied_at,
            case.satisfaction,
            case.registered_by,
        )


def ledger(session: Session, actor: Actor, choice: Choice) -> list[Sheet]:
    """办件台账: what was handled in a period, from the hand-over to the visitor's word."""
    columns = [
        Column(_("编号"), 12),
        Column(_("工作站"), 26),
        Column(_("来访日期"), 12, Kind.DAY),
        Column(_("类别"), 11),
        Column(_("主题"), 12),
        Column(_("事由"), 34),
        Column(_("承办"), 18),
        Column(_("交办时间"), 18, Kind.MOMENT),
        Column(_("承办期限"), 12, Kind.DAY),
        Column(_("最初答复期限"), 14, Kind.DAY),
        Column(_("答复期限"), 12, Kind.DAY),
        Column(_("期限暂定"), 10),
        Column(_("答复时间"), 18, Kind.MOMENT),
        Column(_("答复方式"), 10),
        Column(_("超期"), 8),
        Column(_("办理结果"), 14),
        Column(_("结果说明"), 40),
        Column(_("满意度"), 10),
        Column(_("重新办理次数"), 12, Kind.NUMBER),
        Column(_("状态"), 10),
        Column(_("办结时间"), 18, Kind.MOMENT),
    ]
    heading = f"{period_name(choice.period)}{_('办件台账')}"
    return [Sheet(_("办件台账"), heading, columns, _ledger_rows(session, actor, choice))]


def _ledger_rows(session: Session, actor: Actor, choice: Choice) -> Iterator[Sequence[Value]]:
    units, now, yes = people.unit_names(session), the_workplace().engine.clock(), _("是")
    for case, parties, referral in _with_people(session, actor, choice):
        if case.status in (case_rules.Status.ON_THE_SPOT, case_rules.Status.DECLINED):
            continue
        yield (
            case.number,
            units.get(case.station_id, ""),
            case.received_on,
            case.matter_class,
            case.topic,
            _unnamed(case.listed_title, parties),
            units.get(referral.department_id or "", referral.handler) if referral else None,
            referral.at if referral else None,
            case.handle_by,
            case.original_respond_by,
            case.respond_by,
            yes if case.respond_by and not case.respond_by_final else None,
            case.replied_at,
            case.reply_channel,
            yes if cases.is_overdue(case, now) else None,
            case_rules.RESULT_CLASSES.get(case.result_class or ""),
            _unnamed(case.result_text, parties),
            case.satisfaction,
            case.times_reopened,
            case.status,
            case.closed_at,
        )


def _with_people(
    session: Session, actor: Actor, choice: Choice
) -> Iterator[tuple[Case, list[CaseParty], CaseReferral | None]]:
    """Each visit with who came and its last hand-over; a few hundred are in memory at a time."""
    for batch in reports.batches(session, actor, choice.period, station=choice.station):
        ids = [case.id for case in batch]
        parties, referrals = cases.parties_of(session, ids), reports.referrals_of(session, ids)
        for case in batch:
            yield case, parties.get(case.id, []), referrals.get(case.id)


def _masked_names(case: Case, parties: Sequence[CaseParty]) -> str:
    return "、".join(case_rules.masked(party.name) for party in parties) or (_("匿名") if case.anonymous else "")


def _unnamed(text: str, parties: Sequence[CaseParty]) -> str:
    return case_rules.without_persons(text, [(party.name, party.phone) for party in parties])


# -------------------------------------------------------------------------------------------------- figures


def statistics(session: Session, actor: Actor, choice: Choice) -> list[Sheet]:
    """统计表: the figures with what they mean, then by station, class, topic and month, then the activities."""
    found = reports.statistics(
        session, actor, choice.period, now=the_workplace().engine.clock(), station=choice.station
    )
    units, name = people.unit_names(session), period_name(choice.period)
    groups: list[tuple[str, Mapping[str, Counts]]] = [
        (_("工作站"), {units.get(station, ""): counts for station, counts in found.stations.items()}),
        (_("类别"), found.classes),
        (_("主题"), found.topics),
        (_("月份"), {f"{year}-{month:02d}": counts for (year, month), counts in found.months.items()}),
    ]
    sheets = [Sheet(_("汇总"), f"{name}{_('统计表')}", _summary_columns(), list(_summary(found)))]
    sheets += [
        Sheet(
            _("各%(group)s", group=title), f"{name}{_('各%(group)s', group=title)}", _group_columns(title), _rows(group)
        )
        for title, group in groups
    ]
    columns = [Column(_("履职方面"), 20), Column(_("活动"), 24), Column(_("次数"), 8, Kind.NUMBER)]
    held = Sheet(_("代表活动"), f"{name}{_('代表活动')}", columns, found.activities)
    papers = Sheet(_("代表意见建议"), f"{name}{_('代表意见建议')}", _paper_columns(), list(_papers(found)))
    return [*sheets, held, papers]


def _paper_columns() -> list[Column]:
    counted = (_("立件"), _("已答复"), _("按期答复"), _("逾期未答复"), _("满意和基本满意"), _("作了评价"))
    return [Column(_("种类"), 16), *(Column(name, 14, Kind.NUMBER) for name in counted)]


def _papers(found: Statistics) -> Iterator[Sequence[Value]]:
    for kind, it in found.suggestions.items():
        yield (kind, it.registered, it.answered, it.in_time, it.overdue, it.content.part, it.content.whole)


def _summary_columns() -> list[Column]:
    return [
        Column(_("统计项"), 20),
        Column(_("件数"), 10, Kind.NUMBER),
        Column(_("比率"), 10, Kind.PERCENT),
        Column(_("分子"), 10, Kind.NUMBER),
        Column(_("分母"), 10, Kind.NUMBER),
        Column(_("怎么算"), 60),
    ]


def _summary(found: Statistics) -> Iterator[Sequence[Value]]:
    words, meaning, total = labels(), meanings(), found.total
    yield (_("接待日场次"), found.receptions, None, None, None, None)
    yield (_("来访人次"), total.people, None, None, None, _("联名来访按人数，匿名来访按一人"))
    for figure in Figure:
        yield (words[figure], total[figure], None, None, None, meaning.get(figure))
    yield _rate_row(_("当场答复率"), total.at_once, _("当场答复，占全部来访"))
    yield _rate_row(_("按期答复率"), total.on_time, _("按期答复，占按期、逾期和逾期未答复之和"))
    yield _rate_row(_("满意率"), total.content, _("满意和基本满意，占作了评价的"))
    yield _average_row(_("平均答复工作日"), found.reply_days, _("来访次日起到答复当日的工作日，不含当场答复"))
    for link, average in found.links.items():
        yield _average_row(_("到%(link)s的天数", link=link.value), average, _("从上一环第一次完成起的日历天数"))


def _rate_row(name: str, rate: Rate, meaning: str) -> Sequence[Value]:
    return (name, None, rate.part / rate.whole if rate.whole else None, rate.part, rate.whole, meaning)


def _average_row(name: str, average: Average, meaning: str) -> Sequence[Value]:
    return (name, average.value, None, round(average.total, 2), average.cases, meaning)


def _group_columns(title: str) -> list[Column]:
    words = labels()
    rates = [_("按期答复率"), _("满意率")]
    counted = [Column(words[figure], 10, Kind.NUMBER) for figure in Figure]
    shares = [
        column
        for name in rates
        for column in (
            Column(name, 10, Kind.PERCENT),
            Column(_("分子"), 8, Kind.NUMBER),
            Column(_("分母"), 8, Kind.NUMBER),
        )
    ]
    return [Column(title, 26), Column(_("来访人次"), 10, Kind.NUMBER), *counted, *shares]


def _rows(groups: Mapping[str, Counts]) -> Iterator[Sequence[Value]]:
    for name, counts in groups.items():
        shares: list[Any] = []
        for rate in (counts.on_time, counts.content):
            shares += [rate.part / rate.whole if rate.whole else None, rate.part, rate.whole]
        yield (name, counts.people, *(counts[figure] for figure in Figure), *shares)


_FILES: Mapping[str, Sheets] = {"statistics": statistics, "visits": visits, "ledger": ledger}
