"""What happens to a quarter: roll-up, verification, provisional results, publicity, approval, receipt."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from workflows import audit
from workflows.activities import queries as activities
from workflows.actor import Actor
from workflows.assessment import deductions, ledger, queries, rules
from workflows.assessment.rulebook import RuleBook
from workflows.assessment.rules import (
    EntryKind,
    IndexWeights,
    LineState,
    Offence,
    Quarter,
    QuarterStatus,
    Verdict,
    VillageFacts,
)
from workflows.assessment.tables import (
    AssessmentLine,
    BonusClaim,
    DeputyQuarterResult,
    LedgerEntry,
    MonthlyAssessment,
    PublicityPeriod,
    QuarterAssessment,
    StationRollup,
    Verification,
    VillageIndex,
)
from workflows.cases import queries as cases
from workflows.clock import beijing_date
from workflows.engine.engine import Engine
from workflows.errors import Conflict, Invalid
from workflows.people import queries as people
from workflows.people.queries import Deputy
from workflows.people.rules import COMMITTEE, UnitKind
from workflows.receptions import queries as receptions

SEED_BYTES = 8

# ---------------------------------------------------------------------------------------------- roll-up


def open_quarter(engine: Engine, session: Session, actor: Actor, *, on: date) -> list[dict[str, str]]:
    """Open the assessment of the last quarter that was over on a day.

    Returns:
        the stations that have deputies: station, name.

    Raises:
        Invalid: the quarter was opened before.
    """
    quarter = Quarter.before(on)
    if any(row.period == str(quarter) for row in queries.quarters(session)):
        raise Invalid("{quarter}的考核已经开始过，不能再开一次。", quarter=quarter.label)
    row = QuarterAssessment(period=str(quarter), status=QuarterStatus.ROLLING_UP.value, opened_at=engine.clock())
    session.add(row)
    session.flush()
    stations = {seat.station_id: seat.station_name for seat in people.deputies_on(session, quarter.last_day)}
    session.add_all(StationRollup(quarter_id=row.id, station_id=station_id) for station_id in stations)
    audit.record(session, actor, "quarter.opened", f"quarter:{quarter}", at=engine.clock(), stations=len(stations))
    return [{"station": station_id, "name": name} for station_id, name in stations.items()]


def submit_rollup(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    period: str,
    station_id: str,
    due_on: date,
    answer: Mapping[str, Any],
) -> StationRollup:
    """Hand in a station's quarter to the committee.

    Args:
        due_on: last day on which it counts as in time.
        answer: of the roll-up form: ``letter``.

    Raises:
        NotFound: the quarter or the station's part of it was not opened.
        NotAllowed: not this station's staff.
        Conflict: it was handed in already.
        Invalid: months of the quarter are not archived yet.
    """
    quarter = queries.quarter_of(session, period)
    rules.check_is_station(actor, station_id)
    rollup = queries.rollup_of(session, quarter.id, station_id)
    if rollup.submitted_at is not None:
        raise Conflict("本站这个季度已经上报过，不能重复上报。")
    waiting = queries.unarchived(session, Quarter.read(period), station_id)
    if waiting:
        raise Invalid("还有 {count} 份自评表没有归档，请先审核归档再上报。", count=len(waiting))
    seats = people.deputies_on(session, Quarter.read(period).last_day, station_id=station_id)
    booked = queries.sums(
        entry for entry in queries.quarter_entries(session, Quarter.read(period)) if entry.station_id == station_id
    )
    rollup.due_on = due_on
    rollup.submitted_at, rollup.submitted_on = engine.clock(), beijing_date(engine.clock())
    rollup.submitted_by = actor.name
    rollup.letter = str(answer.get("letter") or "")
    rollup.deputies, rollup.points_tenths = len(seats), sum(booked.values())
    audit.record(
        session,
        actor,
        "quarter.rolled_up",
        f"quarter:{period}",
        at=engine.clock(),
        station=station_id,
        points=rollup.points_tenths,
    )
    return rollup


# ----------------------------------------------------------------------------------------- verification


def draw_sample(engine: Engine, session: Session, actor: Actor, *, period: str, book: RuleBook) -> dict[str, int]:
    """Choose what the committee checks: a random sample of activities, all bonuses, all anomalies (R10, Q30).

    Per station, the lines of at least `minimum` activities and at least `share` of them. The seed of the draw
    is stored: `rules.draw_sample` with it gives the same activities to anybody.

    Returns:
        how many items there are, and how many of them are bonus claims.

    Raises:
        NotFound: the quarter was not opened.
        Conflict: the sample was drawn before.
    """
    quarter = queries.quarter_of(session, period)
    if quarter.sample_seed:
        raise Conflict("这个季度的抽查名单已经产生，不能重抽。")
    ruling = book.rule("sample", {"quarter": period})
    quarter.sample_seed, quarter.sample_rule = secrets.token_hex(SEED_BYTES), ruling.trace
    quarter.status = QuarterStatus.VERIFYING.value
    lines = queries.agreed_lines(session, Quarter.read(period))
    chosen = _sampled_activities(lines, Decimal(str(ruling["share"])), int(ruling["minimum"]), quarter.sample_seed)
    odd = _anomalies(session, lines, book)
    checks: list[Verification] = []
    for month, line in lines:
        why = [*([rules.SAMPLED] if (month.station_id, line.activity_id) in chosen else []), *odd.get(line.id, [])]
        if why:
            checks.append(_check(quarter, month, why, line_id=line.id))
    claims = queries.agreed_claims(session, Quarter.read(period))
    for month, claim in claims:
        checks.append(_check(quarter, month, ["加分"], claim_id=claim.id))
    session.add_all(_numbered(checks))
    session.flush()
    audit.record(
        session,
        actor,
        "quarter.sampled",
        f"quarter:{period}",
        at=engine.clock(),
        seed=quarter.sample_seed,
        items=len(checks),
    )
    return {"items": len(checks), "claims": len(claims)}


def _sampled_activities(
    lines: Iterable[tuple[MonthlyAssessment, AssessmentLine]], share: Decimal, minimum: int, seed: str
) -> set[tuple[str, str]]:
    """Station and activity of what was drawn; each station is drawn from on its own."""
    held: dict[str, set[str]] = {}
    for month, line in lines:
        held.setdefault(month.station_id, set()).add(line.activity_id)
    return {
        (station_id, activity_id)
        for station_id, ids in held.items()
        for activity_id in rules.draw_sample(ids, share, minimum, f"{seed}:{station_id}")
    }


def _anomalies(
    session: Session, lines: Iterable[tuple[MonthlyAssessment, AssessmentLine]], book: RuleBook
) -> dict[str, list[str]]:
    """Line -> what is odd about it, as the table `anomaly` says (domain Q20, Q30)."""
    counted = [(month, line) for month, line in lines if line.points_tenths > 0]
    per_day: dict[tuple[str, date], int] = {}
    per_month: dict[str, int] = {}
    for month, line in counted:
        per_day[month.person_id, line.held_on] = per_day.get((month.person_id, line.held_on), 0) + 1
        per_month[month.id] = per_month.get(month.id, 0) + 1
    ids = {line.activity_id for _, line in counted}
    proofs, reused = activities.count_evidence(session, ids), activities.reused_evidence(session, ids)
    misdated = activities.misdated_photographs(session, ids)
    found: dict[str, list[str]] = {}
    for month, line in counted:
        facts = {
            "same_day": per_day[month.person_id, line.held_on],
            "same_month": per_month[month.id],
            "evidence": proofs.get(line.activity_id, 0),
            "reused": line.activity_id in reused,
            "misdated": line.activity_id in misdated,
        }
        flags = [str(row["flag"]) for row in book.rule("anomaly", facts).result]
        if flags:
            found[line.id] = flags
    return found


def _check(
    quarter: QuarterAssessment,
    month: MonthlyAssessment,
    why: list[str],
    *,
    line_id: str | None = None,
    claim_id: str | None = None,
) -> Verification:
    return Verification(
        quarter_id=quarter.id,
        station_id=month.station_id,
        line_id=line_id,
        claim_id=claim_id,
        why="、".join(why),
        verdict=Verdict.PENDING.value,
        reason="",
    )


def _numbered(checks: list[Verification]) -> list[Verification]:
    """Numbers as people read them: station by station, activities (by day) before claims."""
    checks.sort(key=lambda check: (check.station_id, check.claim_id is not None))
    for number, check in enumerate(checks, 1):
        check.number = number
    return checks


def record_verification(
    engine: Engine,
    session: Session,
    actor: Actor,
    *,
    period: str,
    answer: Mapping[str, Any],
    book: RuleBook,
) -> dict[str, int]:
    """Write the committee's verdicts; a line found false is taken back by a counter-entry.

    Args:
        answer: of the verification form: ``items`` (what is false only: rows number, reason) and ``opinion``.
            What is not named was found true; what was once found false stays so.

    Returns:
        how many items were checked and how many are false.

    Raises:
        NotFound: the quarter was not opened.
        NotAllowed: the actor is not of the committee, or an item is about the actor's own points.
        Conflict: the quarter does not wait for verification.
        Invalid: a false item without a reason, or a number that is not there.
    """
    quarter = queries.quarter_of(session, period)
    rules.check_is_committee(actor)
    _check_status(quarter, QuarterStatus.VERIFYING)
    items = queries.verifications(session, quarter.id)
    false = _named_false(items, answer)
    lines = queries.lines_by_id(session, [item.line_id for item in items if item.line_id])
    claims = queries.claims_by_id(session, [item.claim_id for item in items if item.claim_id])
    months = {line.month_id for line in lines.values()} | {claim.month_id for claim in claims.values()}
    owners = queries.owners(session, months)
    for item in items:
        if item.verdict == Verdict.FALSE:
            continue
        source = lines[item.line_id] if item.line_id else claims[item.claim_id or ""]
        rules.check_not_own(actor, owners[source.month_id])
        item.verdict = (Verdict.FALSE if item.number in false else Verdict.TRUE).value
        item.reason = false.get(item.number, "")
        item.decided_by, item.decided_at = actor.name, engine.clock()
        if item.number in false:
            _take_back(engine, session, actor, source, item.reason)
            month = queries.month_by_id(session, source.month_id)
            deductions.deduct(
                engine, session, actor, month, Offence.FALSE_EVIDENCE, book, source=source, reason=item.reason
            )
    quarter.verified_at, quarter.verified_by, quarter.verified_by_id = engine.clock(), actor.name, actor.id
    quarter.opinion = str(answer.get("opinion") or "")
    audit.record(
        session,
        actor,
        "quarter.verified",
        f"quarter:{period}",
        at=engine.clock(),
        items=len(items),
        false=sorted(false),
    )
    return {"items": len(items), "false": sum(item.verdict == Verdict.FALSE for item in items)}


def _named_false(items: list[Verification], answer: Mapping[str, Any]) -> dict[int, str]:
    """Number -> reason of the items that the answer calls false."""
    numbers = {item.number for item in items}
    false: dict[int, str] = {}
    for row in answer.get("items") or []:
        number, reason = int(row.get("number") or 0), str(row.get("reason") or "")
        if number not in numbers:
            raise _invalid("items", f"没有第 {number} 项，请刷新页面后重新填写。")
        if not reason:
            raise _invalid("items", f"第 {number} 项认定不实，请写明理由。")
        false[number] = reason
    return false


def _take_back(
    engine: Engine, session: Session, actor: Actor, source: AssessmentLine | BonusClaim, reason: str
) -> None:
    source.state, source.reason = LineState.STRUCK.value, reason
    keys = [queries.source_key(source), *queries.corrections_of(session, source.month_id, source.number)]
    for key in keys:
        ledger.reverse(engine, session, actor, source_key=key, reason=reason)


# ---------------------------------------------------------------------------------------------- results


def compute_results(engine: Engine, session: Session, actor: Actor, *, period: str, book: RuleBook) -> dict[str, Any]:
    """Provisional results of every deputy and village, from the ledger; replaces earlier provisional ones.

    Published ones stay published: what objections changed is counted again before the approval.

    Returns:
        ``deputies`` (how many) and ``villages``: name and index, best first.

    Raises:
        NotFound: the quarter was not opened.
        Conflict: its results are final.
    """
    quarter = queries.quarter_of(session, period)
    _check_status(quarter, QuarterStatus.VERIFYING, QuarterStatus.COMPUTED, QuarterStatus.PUBLISHED)
    for table in (DeputyQuarterResult, VillageIndex):
        session.execute(
            delete(table).where(table.quarter_id == quarter.id).execution_options(synchronize_session="fetch")
        )
    when = Quarter.read(period)
    index = book.rule("village_index", {"quarter": period})
    seats = people.deputies_on(session, when.last_day)
    entries = queries.quarter_entries(session, when)
    results = [_deputy_result(quarter, seat, entries, index.trace, index["target"], book) for seat in seats]
    session.add_all(results)
    villages = _village_indexes(session, quarter, seats, entries, results, index)
    session.add_all(villages)
    if quarter.status != QuarterStatus.PUBLISHED:
        quarter.status = QuarterStatus.COMPUTED.value
    session.flush()
    audit.record(session, actor, "quarter.computed", f"quarter:{period}", at=engine.clock(), deputies=len(results))
    names = people.unit_names(session)
    ranked = sorted(villages, key=lambda village: (-village.index_tenths, names[village.village_id]))
    return {
        "deputies": len(results),
        "villages": [{"name": names[v.village_id], "index": v.index_tenths / 10} for v in ranked],
    }


def _deputy_result(
    quarter: QuarterAssessment,
    seat: Deputy,
    entries: list[LedgerEntry],
    trace: dict[str, Any],
    target: float,
    book: RuleBook,
) -> DeputyQuarterResult:
    own = [entry for entry in entries if entry.person_id == seat.person_id]
    bonus = sum(entry.points_tenths for entry in own if not entry.dimension and entry.kind != EntryKind.DEDUCTION)
    base = sum(entry.points_tenths for entry in own) - bonus
    cap = book.rule("bonus_cap", {"base_points": base / 10})
    points = rules.quarter_points(base, bonus, rules.tenths(cap["cap"]))
    goal = Decimal(str(target))
    return DeputyQuarterResult(
        quarter_id=quarter.id,
        person_id=seat.person_id,
        group_id=seat.group_id,
        station_id=seat.station_id,
        base_tenths=points.base,
        bonus_tenths=points.bonus,
        bonus_counted_tenths=points.bonus_counted,
        total_tenths=points.total,
        target_tenths=rules.tenths(goal),
        index_tenths=rules.tenths(rules.deputy_index(points.total, goal)),
        rule={"cap": cap.trace, "target": trace},
    )


def _village_indexes(
    session: Session,
    quarter: QuarterAssessment,
    seats: list[Deputy],
    entries: list[LedgerEntry],
    results: list[DeputyQuarterResult],
    index: Any,
) -> list[VillageIndex]:
    """Every village's index; points go to the group of the activity's day (domain Q42)."""
    when = Quarter.read(quarter.period)
    weights = IndexWeights(
        *(Decimal(str(index[part])) for part in ("target", "average", "replies", "receptions", "rollup"))
    )
    held = receptions.reception_months(session, when.first_day, when.last_day)
    rollups = queries.rollups(session, quarter.id)
    cut = {result.person_id: result.bonus_tenths - result.bonus_counted_tenths for result in results}
    found = []
    for village in people.units(session, UnitKind.VILLAGE, on=when.last_day):
        members = [seat for seat in seats if seat.group_id == village.id]
        if not members:
            continue
        station_id = village.station_id or members[0].station_id
        answered, due = cases.on_time_reply_rate(session, station_id, when.first_day, when.last_day)
        booked = sum(entry.points_tenths for entry in entries if entry.group_id == village.id)
        facts = VillageFacts(
            points=booked - sum(cut[seat.person_id] for seat in members),
            deputies=len(members),
            answered_in_time=answered,
            due=due,
            reception_months=len(held.get(station_id, ())),
            rolled_up_in_time=_in_time(rollups.get(station_id)),
        )
        found.append(_village_index(quarter, village.id, facts, weights, index.trace))
    return found


def _village_index(
    quarter: QuarterAssessment,
    village_id: str,
    facts: VillageFacts,
    weights: IndexWeights,
    trace: dict[str, Any],
) -> VillageIndex:
    score = rules.village_score(facts, weights)
    return VillageIndex(
        quarter_id=quarter.id,
        village_id=village_id,
        average_points_tenths=rules.tenths(score.average_points),
        average_tenths=rules.tenths(score.average),
        replies_tenths=rules.tenths(score.replies),
        receptions_tenths=rules.tenths(score.receptions),
        rollup_tenths=rules.tenths(score.rollup),
        index_tenths=rules.tenths(score.index),
        facts=vars(facts).copy(),
        rule=trace,
    )


def _in_time(rollup: StationRollup | None) -> bool:
    return (
        rollup is not None
        and rollup.submitted_on is not None
        and rollup.due_on is not None
        and rollup.submitted_on <= rollup.due_on
    )


# ---------------------------------------------------------------------- publicity, approval, hand-over


def publish(
    engine: Engine, session: Session, actor: Actor, *, period: str, ends_on: date, answer: Mapping[str, Any]
) -> PublicityPeriod:
    """Hang out the provisional results for objections.

    Args:
        ends_on: the last day for objections.
        answer: of the publicity form: ``notice``.

    Raises:
        NotFound: the quarter was not opened.
        NotAllowed: the actor is not of the committee.
        Conflict: nothing is computed, or it is final.
    """
    quarter = queries.quarter_of(session, period)
    rules.check_is_committee(actor)
    _check_status(quarter, QuarterStatus.COMPUTED)
    period_row = PublicityPeriod(
        quarter_id=quarter.id,
        starts_on=beijing_date(engine.clock()),
        ends_on=ends_on,
        notice=str(answer.get("notice") or ""),
        published_by=actor.name,
    )
    session.add(period_row)
    quarter.status = QuarterStatus.PUBLISHED.value
    session.flush()
    audit.record(
        session,
        actor,
        "quarter.published",
        f"quarter:{period}",
        at=engine.clock(),
        ends_on=ends_on.isoformat(),
    )
    return period_row


def send_back(engine: Engine, session: Session, actor: Actor, *, period: str, opinion: str) -> None:
    """The approver sends the quarter back to verification.

    Raises:
        NotFound: the quarter was not opened.
        NotAllowed: the actor is not of the committee, or verified it while another member could approve.
        Conflict: it does not wait for approval.
        Invalid: no opinion.
    """
    quarter = _for_approval(session, actor, period)
    if not opinion:
        raise _invalid("opinion", "退回时请写明需要重新核实什么。")
    quarter.status, quarter.opinion = QuarterStatus.VERIFYING.value, opinion
    audit.record(session, actor, "quarter.sent_back", f"quarter:{period}", at=engine.clock())


def finalise(engine: Engine, session: Session, actor: Actor, *, period: str, opinion: str) -> QuarterAssessment:
    """Make the results final: cap entries into the ledger, everything sealed.

    Raises:
        NotFound: the quarter was not opened.
        NotAllowed: the actor is not of the committee, or verified it while another member could approve.
        Conflict: it does not wait for approval.
    """
    quarter = _for_approval(session, actor, period)
    results = queries.deputy_results(session, quarter.id)
    for result in results:
        _book_cap(engine, session, actor, quarter, result)
    quarter.status, quarter.opinion = QuarterStatus.FINAL.value, opinion
    quarter.approved_at, quarter.approved_by = engine.clock(), actor.name
    quarter.sealed_document = _document(session, quarter, results)
    quarter.sealed_hash = queries.seal_of(quarter.sealed_document)
    session.flush()
    audit.record(session, actor, "quarter.final", f"quarter:{period}", at=engine.clock(), seal=quarter.sealed_hash)
    return quarter


def _for_approval(session: Session, actor: Actor, period: str) -> QuarterAssessment:
    quarter = queries.quarter_of(session, period)
    rules.check_is_committee(actor)
    members = [user.id for user in people.members(session, COMMITTEE)]
    rules.check_second_pair_of_eyes(actor, quarter.verified_by_id, members)
    _check_status(quarter, QuarterStatus.PUBLISHED)
    return quarter


def _book_cap(
    engine: Engine, session: Session, actor: Actor, quarter: QuarterAssessment, result: DeputyQuarterResult
) -> None:
    """What is over the bonus cap leaves the ledger by an entry of its own, so that sums stay true."""
    over = result.bonus_tenths - result.bonus_counted_tenths
    if not over:
        return
    last_month = Quarter.read(quarter.period).months[2]
    session.add(
        LedgerEntry(
            source_key=f"cap:{result.id}",
            kind=EntryKind.CAP.value,
            period=str(last_month),
            quarter=quarter.period,
            person_id=result.person_id,
            group_id=result.group_id,
            station_id=result.station_id,
            dimension="",
            points_tenths=-over,
            trace={"title": "加分超过上限的部分", "rule": result.rule["cap"], "agreed_by": actor.name},
            written_at=engine.clock(),
            written_by=actor.name,
        )
    )


def _document(session: Session, quarter: QuarterAssessment, results: list[DeputyQuarterResult]) -> str:
    names = people.unit_names(session)
    content = {
        "quarter": quarter.period,
        "sample_seed": quarter.sample_seed,
        "verified_by": quarter.verified_by,
        "approved_by": quarter.approved_by,
        "villages": [
            {
                "village": names[row.village_id],
                "average_points": rules.points_text(row.average_points_tenths),
                "average": rules.points_text(row.average_tenths),
                "replies": rules.points_text(row.replies_tenths),
                "receptions": rules.points_text(row.receptions_tenths),
                "rollup": rules.points_text(row.rollup_tenths),
                "index": rules.points_text(row.index_tenths),
                "facts": row.facts,
                "rule": row.rule,
            }
            for row in queries.village_indexes(session, quarter.id)
        ],
        "objections": [
            {
                "person": row.person_id,
                "about": row.title,
                "upheld": row.upheld,
                "counted": rules.points_text(row.counted_tenths),
                "should": None if row.should_tenths is None else rules.points_text(row.should_tenths),
                "opinion": row.opinion,
                "decided_by": row.decided_by,
            }
            for row in queries.objections(session, quarter.id)
        ],
        "deputies": [
            {
                "person": row.person_id,
                "group": names[row.group_id],
                "base": rules.points_text(row.base_tenths),
                "bonus": rules.points_text(row.bonus_tenths),
                "bonus_counted": rules.points_text(row.bonus_counted_tenths),
                "total": rules.points_text(row.total_tenths),
                "index": rules.points_text(row.index_tenths),
            }
            for row in results
        ],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)


def receive(
    engine: Engine, session: Session, actor: Actor, *, period: str, answer: Mapping[str, Any]
) -> QuarterAssessment:
    """The sub-district office takes the village indexes into its own assessment (domain S41, S112).

    Args:
        answer: of the receipt form: ``document_no``, ``weight``, ``remark``.

    Raises:
        NotFound: the quarter was not opened.
        NotAllowed: the actor is not of the office.
        Conflict: the results are not final, or were received already.
    """
    quarter = queries.quarter_of(session, period)
    rules.check_is_office(actor)
    _check_status(quarter, QuarterStatus.FINAL)
    quarter.status = QuarterStatus.HANDED_OVER.value
    quarter.received_at, quarter.received_by = engine.clock(), actor.name
    quarter.receipt = {key: answer.get(key) for key in ("document_no", "weight", "remark")}
    audit.record(session, actor, "quarter.received", f"quarter:{period}", at=engine.clock(), **quarter.receipt)
    return quarter


def _check_status(quarter: QuarterAssessment, *wanted: QuarterStatus) -> None:
    if quarter.status not in wanted:
        raise Conflict("这个季度的考核现在是“{status}”，不能这样办理，请刷新页面。", status=quarter.status)


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid("{sentence}", fields={field: sentence}, sentence=sentence)
