"""Reads about planned activities: who is asked, what they said, what is on the agenda, what came of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workflows.activities.plan_rules import AHEAD, EXPECTED, Answer, PlanStatus
from workflows.activities.tables import ActivityPlan, AgendaItem, DeliberationOpinion, Invitation, Material
from workflows.engine.tables import ProcessInstance
from workflows.errors import NotFound
from workflows.notifications.tables import Notice, OutboxMessage
from workflows.people import queries as people
from workflows.people.queries import Deputy
from workflows.people.rules import MandateKind
from workflows.people.tables import Mandate

KEY = "plan"


@dataclass(frozen=True)
class Invited:
    """A deputy who is asked to come.

    Attributes:
        seat: None when the deputy holds no seat on that day any more.
        arrived_at, read_at: of the notice; None for one without an account, who is called.
    """

    invitation: Invitation
    name: str
    seat: Deputy | None
    arrived_at: datetime | None = None
    read_at: datetime | None = None

    @property
    def user_id(self) -> str | None:
        return self.seat.user_id if self.seat else None

    @property
    def expected(self) -> str:
        """What the attendance sheet says before anybody looks at it; empty when nothing is known."""
        return self.invitation.signed or EXPECTED.get(self.invitation.answer, "")


def business_key(plan_id: str) -> str:
    return f"{KEY}:{plan_id}"


def get(session: Session, plan_id: str) -> ActivityPlan:
    """
    Raises:
        NotFound: no such plan in this sub-district.
    """
    found = session.scalar(select(ActivityPlan).where(ActivityPlan.id == plan_id))
    if found is None:
        raise NotFound("没有这项活动，请刷新列表。")
    return found


def between(session: Session, first: date, last: date) -> list[ActivityPlan]:
    """What is or was planned for these days, both included, by day."""
    query = select(ActivityPlan).where(ActivityPlan.held_on.between(first, last))
    return list(session.scalars(query.order_by(ActivityPlan.held_on, ActivityPlan.id)))


def instance_of(session: Session, plan: ActivityPlan) -> ProcessInstance | None:
    query = select(ProcessInstance).where(ProcessInstance.business_key == business_key(plan.id))
    return session.scalars(query.order_by(ProcessInstance.id.desc()).limit(1)).first()


def plan_of(session: Session, activity_id: str) -> ActivityPlan | None:
    """The plan that an activity began as."""
    return session.scalars(select(ActivityPlan).where(ActivityPlan.activity_id == activity_id)).first()


def invitations(session: Session, plan: ActivityPlan) -> list[Invited]:
    """Who is asked, by village and name, with what became of the notice."""
    query = select(Invitation).where(Invitation.plan_id == plan.id).order_by(Invitation.id)
    rows = list(session.scalars(query))
    seats = {seat.person_id: seat for seat in people.deputies_on(session, plan.held_on)}
    names = people.person_names(session, [row.person_id for row in rows])
    notices = _notices(session, plan)
    order = {person_id: place for place, person_id in enumerate(seats)}
    found = []
    for row in sorted(rows, key=lambda row: order.get(row.person_id, len(order))):
        seat = seats.get(row.person_id)
        arrived_at, read_at = notices.get(seat.user_id if seat and seat.user_id else "", (None, None))
        found.append(Invited(row, names.get(row.person_id, ""), seat, arrived_at, read_at))
    return found


def _notices(session: Session, plan: ActivityPlan) -> dict[str, tuple[datetime, datetime | None]]:
    """Account -> when the newest notice about a plan arrived and when it was read."""
    query = (
        select(Notice.recipient_id, Notice.arrived_at, Notice.read_at)
        .join(OutboxMessage, OutboxMessage.id == Notice.message_id)
        .where(OutboxMessage.subject_key.startswith(business_key(plan.id) + ":"))
        .order_by(Notice.id)
    )
    return {user: (arrived_at, read_at) for user, arrived_at, read_at in session.execute(query)}


def invitation_of(session: Session, plan_id: str, person_id: str) -> Invitation:
    """
    Raises:
        NotFound: this deputy is not asked.
    """
    query = select(Invitation).where(Invitation.plan_id == plan_id, Invitation.person_id == person_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound("这位代表不在这项活动的通知名单上，请刷新页面。")
    return found


def asked_for(session: Session, person_id: str, first: date, last: date) -> list[tuple[ActivityPlan, Invitation]]:
    """What a deputy is asked to come to, by day; without what was cancelled."""
    query = (
        select(ActivityPlan, Invitation)
        .join(Invitation, Invitation.plan_id == ActivityPlan.id)
        .where(
            Invitation.person_id == person_id,
            ActivityPlan.held_on.between(first, last),
            ActivityPlan.status != PlanStatus.CANCELLED,
            or_(ActivityPlan.announced_at.is_not(None), ActivityPlan.activity_id.is_not(None)),
        )
        .order_by(ActivityPlan.held_on, ActivityPlan.id)
    )
    return [(plan, invitation) for plan, invitation in session.execute(query)]


def answers(session: Session, plan_ids: Iterable[str]) -> dict[str, Counter[str]]:
    """Plan -> how many deputies gave each answer."""
    found: dict[str, Counter[str]] = {plan_id: Counter() for plan_id in plan_ids}
    query = select(Invitation.plan_id, Invitation.answer, func.count()).where(Invitation.plan_id.in_(found))
    for plan_id, answer, count in session.execute(query.group_by(Invitation.plan_id, Invitation.answer)):
        found[plan_id][answer] = count
    return found


def waiting_for_phone(session: Session, plan: ActivityPlan, station_id: str) -> list[Invited]:
    """The deputies of a station who have not said anything."""
    return [
        each
        for each in invitations(session, plan)
        if each.seat and each.seat.station_id == station_id and each.invitation.answer == Answer.ASKED
    ]


def agenda(session: Session, plan_id: str) -> list[AgendaItem]:
    return list(session.scalars(select(AgendaItem).where(AgendaItem.plan_id == plan_id).order_by(AgendaItem.number)))


def opinions(session: Session, plan_id: str, *, department_id: str | None = None) -> list[DeliberationOpinion]:
    """What was said on the items, by item; with a department only what it is to answer."""
    query = select(DeliberationOpinion).where(DeliberationOpinion.plan_id == plan_id)
    if department_id is not None:
        query = query.where(DeliberationOpinion.department_id == department_id)
    return list(session.scalars(query.order_by(DeliberationOpinion.item_number, DeliberationOpinion.id)))


def term_on(session: Session, day: date) -> str:
    """The term (届) that sits on a day: that of most seats; empty when nobody sits."""
    query = (
        select(Mandate.term)
        .where(
            Mandate.kind == MandateKind.COUNCILLOR.value,
            Mandate.valid_from <= day,
            or_(Mandate.valid_to.is_(None), Mandate.valid_to >= day),
        )
        .group_by(Mandate.term)
        .order_by(func.count().desc(), Mandate.term)
    )
    return session.scalars(query.limit(1)).first() or ""


def meetings(session: Session, term: str) -> list[ActivityPlan]:
    """The deputies' meetings of a term, by number."""
    query = select(ActivityPlan).where(ActivityPlan.term == term, ActivityPlan.number.is_not(None))
    return list(session.scalars(query.order_by(ActivityPlan.number)))


def next_number(session: Session, term: str) -> int:
    """The number (次) of the next meeting of a term."""
    query = select(func.max(ActivityPlan.number)).where(ActivityPlan.term == term)
    return (session.scalar(query) or 0) + 1


def coming_dimensions(plans: Sequence[ActivityPlan]) -> dict[str, list[ActivityPlan]]:
    """Dimension -> what is planned in it, of these."""
    found: dict[str, list[ActivityPlan]] = {}
    for plan in plans:
        if plan.status in AHEAD:
            found.setdefault(plan.dimension, []).append(plan)
    return found


def materials(session: Session, *, subject: str = "", words: str = "") -> list[Material]:
    """The library as it is now, newest first.

    Args:
        words: those must stand in the title, in any order.
    """
    query = select(Material).where(Material.retired_at.is_(None))
    if subject:
        query = query.where(Material.subject == subject)
    for word in words.split():
        query = query.where(Material.title.contains(word, autoescape=True))
    return list(session.scalars(query.order_by(Material.id.desc())))


def material(session: Session, material_id: str) -> Material:
    """Also one that was taken out.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(Material).where(Material.id == material_id))
    if found is None:
        raise NotFound("资料库里没有这份资料，请刷新列表。")
    return found


def material_choices(session: Session) -> list[tuple[str, str]]:
    return [(each.id, f"{each.subject}：{each.title}") for each in materials(session)]


def reading_of(session: Session, plan: ActivityPlan) -> list[Material]:
    """What is to be read for an activity, in the order in which it was chosen."""
    found = {each.id: each for each in session.scalars(select(Material).where(Material.id.in_(plan.reading)))}
    return [found[material_id] for material_id in plan.reading if material_id in found]


def used_for(session: Session, material_ids: Iterable[str]) -> dict[str, int]:
    """Material -> for how many activities it was read."""
    counts: Counter[str] = Counter()
    for reading in session.scalars(select(ActivityPlan.reading)):
        counts.update(set(reading))
    return {material_id: counts[material_id] for material_id in material_ids}
