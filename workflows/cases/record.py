"""What the staff add to a case's file besides its process: remarks, papers and photographs, links to other cases.

None of it moves the process. Whoever may see a case may see all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from workflows import audit
from workflows.actor import Actor
from workflows.cases import queries, rules, search
from workflows.cases.record_tables import CaseComment, CaseLink
from workflows.cases.tables import Case, CaseAttachment
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

REMARK_LENGTH: Final = 500
REASON_LENGTH: Final = 100
FILES_LIMIT: Final = 30
"""Photographs and papers of one case; more belong into the paper archive."""
PAPER: Final = "材料"
KINDS: Final = (PAPER, "办理前", "办理后")
"""What an attachment shows: what the visitor brought, the place before, the place after."""
NOTED_AT_THE_DESK: Final = "登记时注明"
REMARK_WITHDRAWN: Final = "case.comment_withdrawn"
UNLINKED: Final = "case.unlinked"


@dataclass(frozen=True)
class Linked:
    """Another case that has to do with one."""

    id: str
    case: Case
    reason: str
    at: datetime
    by: str


# -------------------------------------------------------------------------------------------------- remarks


def comment(session: Session, actor: Actor, *, case_id: str, text: str, at: datetime) -> CaseComment:
    """Note something for the others who work on a case: its station, its department, the committee.

    Raises:
        NotFound: no such case for this actor.
        Invalid: nothing was written, or too much.
    """
    case, text = queries.case_for(session, actor, case_id), text.strip()
    if not text:
        raise Invalid("请写明意见。")
    if len(text) > REMARK_LENGTH:
        raise Invalid("意见不能超过 {limit} 个字，请写得简短一些。", limit=REMARK_LENGTH)
    remark = CaseComment(case_id=case.id, at=at, by=actor.name, by_id=actor.id, text=text)
    session.add(remark)
    search.index(session, case)
    _record(session, actor, "case.commented", case, at, comment=remark.id)
    return remark


def withdraw_comment(session: Session, actor: Actor, *, comment_id: str, at: datetime) -> Case:
    """Take back what one wrote oneself; that something was taken back, by whom and when, stays in the file.

    Raises:
        NotFound: no such remark on a case of this actor.
        NotAllowed: somebody else wrote it.
        Conflict: it was taken back already.
    """
    remark = session.get(CaseComment, comment_id)
    if remark is None:
        raise NotFound("没有这条意见，请刷新页面。")
    case = queries.case_for(session, actor, remark.case_id)
    if remark.by_id != actor.id:
        raise NotAllowed("只有写意见的人可以撤回。")
    if remark.withdrawn_at is not None:
        raise Conflict("这条意见已经撤回。")
    remark.withdrawn_at = at
    search.index(session, case)
    _record(session, actor, REMARK_WITHDRAWN, case, at, comment=remark.id)
    return case


def comments(session: Session, case_id: str) -> list[CaseComment]:
    """Every remark, oldest first, also those taken back: their text is not for showing."""
    return list(session.scalars(select(CaseComment).where(CaseComment.case_id == case_id).order_by(CaseComment.id)))


# ---------------------------------------------------------------------------------------------- attachments


def attach(
    session: Session, actor: Actor, case: Case, *, files: Sequence[str], kind: str = PAPER, at: datetime
) -> list[CaseAttachment]:
    """Add stored files to a case, each once.

    Args:
        files: ids of stored files of this sub-district.

    Raises:
        Invalid: not a kind of attachment, or too many.
    """
    if kind not in KINDS:
        raise Invalid("请选择附件是材料、办理前还是办理后的照片。")
    there = queries.attachments(session, case.id)
    known = {one.file_id for one in there}
    fresh = [file_id for file_id in dict.fromkeys(files) if file_id not in known]
    if len(there) + len(fresh) > FILES_LIMIT:
        raise Invalid("一件事项最多 {limit} 个附件，请只留有用的。", limit=FILES_LIMIT)
    added = [CaseAttachment(case_id=case.id, file_id=file_id, kind=kind, at=at, by=actor.name) for file_id in fresh]
    session.add_all(added)
    if added:
        _record(session, actor, "case.attached", case, at, kind=kind, files=len(added))
    return added


def may_see_file(session: Session, actor: Actor, file_id: str) -> bool:
    """Whether a stored file may be shown to somebody as far as cases have a say: one of a case only with the case."""
    cases = select(Case.id).join(CaseAttachment, CaseAttachment.case_id == Case.id)
    cases = cases.where(CaseAttachment.file_id == file_id)
    seen = cases.where(queries.visible(actor))
    return session.scalar(cases.limit(1)) is None or session.scalar(seen.limit(1)) is not None


# ------------------------------------------------------------------------------------------------ other cases


def link(session: Session, actor: Actor, *, case_id: str, other_id: str, reason: str, at: datetime) -> Case:
    """Note that two cases have to do with each other: the same visitor again, the same cause. Each goes its own way.

    Raises:
        NotFound: one of the two is not there for this actor.
        NotAllowed: neither its station's staff nor the committee's.
        Invalid: a case with itself, or no reason.
        Conflict: it was noted already, on either side.
    """
    case, other = queries.case_for(session, actor, case_id), queries.case_for(session, actor, other_id)
    rules.check_may_register(actor, case.station_id)
    reason = reason.strip()[:REASON_LENGTH]
    if case.id == other.id:
        raise Invalid("请选择另一件事项。")
    if not reason:
        raise Invalid("请写明有什么关系。")
    if any(known.case.id == other.id for known in _links(session, case.id)):
        raise Conflict("这两件事项已经注明有关。")
    session.add(CaseLink(case_id=case.id, other_id=other.id, reason=reason, at=at, by=actor.name))
    _record(session, actor, "case.linked", case, at, other=other.number, reason=reason)
    return case


def unlink(session: Session, actor: Actor, *, link_id: str, at: datetime) -> None:
    """Take a mistaken link away, on both sides.

    Raises:
        NotFound: no such link between cases of this actor.
        NotAllowed: neither station's staff nor the committee's.
    """
    found = session.get(CaseLink, link_id)
    if found is None:
        raise NotFound("没有这条关联，请刷新页面。")
    case, other = (queries.case_for(session, actor, end) for end in (found.case_id, found.other_id))
    rules.check_may_register(actor, case.station_id)
    session.delete(found)
    for one, of in ((case, other), (other, case)):
        _record(session, actor, UNLINKED, one, at, other=of.number)


def linked(session: Session, actor: Actor, case: Case) -> list[Linked]:
    """What has to do with a case, noted on either side, as far as this person may see it; newest first."""
    known = _links(session, case.id)
    return [each for each in known if rules.may_see(actor, each.case.station_id, each.case.department_id)]


def _links(session: Session, case_id: str) -> list[Linked]:
    ends = or_(
        and_(CaseLink.case_id == case_id, CaseLink.other_id == Case.id),
        and_(CaseLink.other_id == case_id, CaseLink.case_id == Case.id),
    )
    rows = session.execute(select(CaseLink, Case).join(Case, ends).order_by(CaseLink.id.desc()))
    return [Linked(link.id, case, link.reason, link.at, link.by) for link, case in rows]


def _record(session: Session, actor: Actor, action: str, case: Case, at: datetime, **facts: Any) -> None:
    audit.record(session, actor, action, queries.business_key(case.id), at=at, **facts)
