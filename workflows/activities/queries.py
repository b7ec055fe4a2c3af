"""Reads about activities: what took place, who took part, what proves it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workflows.activities import rules
from workflows.activities.rules import EvidenceKind
from workflows.activities.tables import Activity, Attendance, Evidence
from workflows.errors import NotFound
from workflows.storage import pictures

COMPARED_YEARS = 2


@dataclass(frozen=True)
class Participation:
    """One deputy at one activity."""

    attendance: Attendance
    activity: Activity


def activity(session: Session, activity_id: str) -> Activity:
    """
    Raises:
        NotFound: no such activity in this sub-district.
    """
    found = session.scalar(select(Activity).where(Activity.id == activity_id))
    if found is None:
        raise NotFound("没有这项活动，请刷新列表。")
    return found


def activity_of(session: Session, source_key: str) -> Activity | None:
    """The activity that records an item kept elsewhere."""
    return session.scalar(select(Activity).where(Activity.source_key == source_key))


def activities_by_id(session: Session, ids: Iterable[str]) -> dict[str, Activity]:
    """Activities by id; unknown ids are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {found.id: found for found in session.scalars(select(Activity).where(Activity.id.in_(wanted)))}


def activities_between(session: Session, first: date, last: date, *, station_id: str | None = None) -> list[Activity]:
    """What took place from the first to the last day, both included, by day.

    Args:
        station_id: only this station's own; the committee's are left out.
    """
    query = select(Activity).where(Activity.held_on.between(first, last))
    if station_id is not None:
        query = query.where(Activity.station_id == station_id)
    return list(session.scalars(query.order_by(Activity.held_on, Activity.id)))


def participation_between(
    session: Session, first: date, last: date, *, person_id: str | None = None
) -> list[Participation]:
    """Who took part in what from the first to the last day, by day."""
    query = (
        select(Attendance, Activity)
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(Activity.held_on.between(first, last))
        .order_by(Activity.held_on, Activity.id, Attendance.id)
    )
    if person_id is not None:
        query = query.where(Attendance.person_id == person_id)
    return [Participation(attendance, found) for attendance, found in session.execute(query)]


def attendance_of(session: Session, activity_ids: Iterable[str]) -> dict[str, list[Attendance]]:
    """The attendance sheets of activities, by activity."""
    sheets: dict[str, list[Attendance]] = {}
    query = select(Attendance).where(Attendance.activity_id.in_(set(activity_ids))).order_by(Attendance.id)
    for row in session.scalars(query):
        sheets.setdefault(row.activity_id, []).append(row)
    return sheets


def evidence_of(session: Session, activity_ids: Iterable[str]) -> dict[str, list[Evidence]]:
    """What proves activities, by activity."""
    proofs: dict[str, list[Evidence]] = {}
    query = select(Evidence).where(Evidence.activity_id.in_(set(activity_ids))).order_by(Evidence.id)
    for row in session.scalars(query):
        proofs.setdefault(row.activity_id, []).append(row)
    return proofs


def evidence_before(session: Session, day: date) -> list[Evidence]:
    """What proves activities before a day, also what was destroyed already."""
    query = select(Evidence).join(Activity, Activity.id == Evidence.activity_id)
    return list(session.scalars(query.where(Activity.held_on < day).order_by(Evidence.id)))


def count_evidence(session: Session, activity_ids: Iterable[str]) -> dict[str, int]:
    """How much proves each activity; what is kept elsewhere (a suggestion's paper) is proved by that itself."""
    held, proofs = activities_by_id(session, activity_ids), evidence_of(session, activity_ids)
    return {each.id: len(proofs.get(each.id, [])) + (each.source_key is not None) for each in held.values()}


def reused_evidence(session: Session, activity_ids: Iterable[str]) -> set[str]:
    """Those of the activities whose file is also shown for another one: the same bytes, or the same picture (D7)."""
    wanted = set(activity_ids)
    doubled = select(Evidence.sha256).group_by(Evidence.sha256)
    doubled = doubled.having(func.count(Evidence.activity_id.distinct()) > 1)
    again = select(Evidence.same_as_id).where(Evidence.same_as_id.is_not(None))
    query = select(Evidence.activity_id).where(
        Evidence.activity_id.in_(wanted),
        or_(Evidence.sha256.in_(doubled), Evidence.same_as_id.is_not(None), Evidence.id.in_(again)),
    )
    return set(session.scalars(query))


def picture_shown_before(session: Session, activity: Activity, print_of_picture: str) -> str | None:
    """The evidence of another activity that shows the same picture, however scaled or trimmed; None when none does.

    Pictures are compared over `COMPARED_YEARS` before and after the activity.
    """
    if not print_of_picture:
        return None
    near = timedelta(days=366 * COMPARED_YEARS)
    query = (
        select(Evidence.id, Evidence.print_of_picture)
        .join(Activity, Activity.id == Evidence.activity_id)
        .where(
            Activity.id != activity.id,
            Activity.held_on.between(activity.held_on - near, activity.held_on + near),
            Evidence.print_of_picture != "",
        )
        .order_by(Evidence.id)
    )
    return next((known for known, shown in session.execute(query) if pictures.same(shown, print_of_picture)), None)


def misdated_photographs(session: Session, activity_ids: Iterable[str]) -> set[str]:
    """Those of the activities with a photograph that was taken on another day, by its camera's own note (D7).

    A day before or after is a camera whose clock is not quite right.
    """
    query = (
        select(Activity.id, Activity.held_on, Evidence.taken_on)
        .join(Evidence, Evidence.activity_id == Activity.id)
        .where(Activity.id.in_(set(activity_ids)), Evidence.taken_on.is_not(None), Evidence.kind == EvidenceKind.PHOTO)
    )
    return {
        found for found, held_on, taken_on in session.execute(query) if taken_on and abs((taken_on - held_on).days) > 1
    }


def reception_months(session: Session, first: date, last: date) -> dict[str, frozenset[str]]:
    """Station -> the months (``2026-11``) in which it held a reception day (domain S81, Q11)."""
    days: dict[str, list[date]] = {}
    query = select(Activity.station_id, Activity.held_on).where(
        Activity.kind == rules.RECEPTION_DAY,
        Activity.held_on.between(first, last),
        Activity.station_id.is_not(None),
    )
    for station_id, held_on in session.execute(query):
        days.setdefault(station_id or "", []).append(held_on)
    return {station_id: rules.months_with(held) for station_id, held in days.items()}
