"""Full-text search over cases: whatever words, in whatever text of the file, as far as a person may see it.

A hit is exact: every word stands in one of the texts as it was typed. The index of character pairs only spares reading
the texts of cases that can not hold it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflows.actor import Actor
from workflows.cases import queries, search_rules
from workflows.cases.queries import Filter
from workflows.cases.record_tables import CaseComment, CaseGram
from workflows.cases.search_rules import Piece
from workflows.cases.tables import Case
from workflows.errors import Invalid

_TEXTS: Final[Sequence[tuple[InstrumentedAttribute[str], str, int]]] = (
    (Case.number, "编号", 8),
    (Case.title, "事由", 5),
    (Case.place, "地点", 3),
    (Case.topic, "主题", 3),
    (Case.description, "来访人原话", 2),
    (Case.result_text, "办理结果", 2),
    (Case.reply_text, "答复", 2),
    (Case.spot_answer, "当场答复", 2),
)
"""Text, what it is called, how much a hit in it counts."""
COMPARED: Final = 160
"""Characters of a text that are compared with those of other cases."""
COMMENT: Final = "意见"
_SHOWN_ANYWAY: Final = frozenset({"number", "title", "place"})


@dataclass(frozen=True)
class Hit:
    """A case that was found.

    Attributes:
        heading: number and title, cut at what was looked for.
        where: the text that holds it, when the heading and the place do not.
        excerpt: a line of that text.
    """

    case: Case
    heading: list[Piece]
    place: list[Piece]
    where: str = ""
    excerpt: Sequence[Piece] = ()

    @property
    def line(self) -> str:
        return "".join(piece.text for piece in self.excerpt)


@dataclass(frozen=True)
class HitPage:
    rows: list[Hit]
    next: str | None


def find(
    session: Session,
    actor: Actor,
    text: str,
    *,
    only: Filter | None = None,
    after: str | None = None,
    limit: int = queries.PAGE,
) -> HitPage:
    """Cases that hold every word somewhere; by where: number, title, place, longer texts; then the newest first.

    Args:
        after: the cursor of the page before.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    wanted = search_rules.words(text)
    rank = _rank(wanted)
    query = select(Case, rank).where(queries.visible(actor), *queries.wanted(only or Filter()), *map(_holds, wanted))
    if after is not None:
        score, case_id = _cursor(session, actor, after)
        query = query.where(or_(rank < score, and_(rank == score, Case.id < case_id)))
    rows = session.execute(query.order_by(rank.desc(), Case.id.desc()).limit(limit + 1)).all()
    hits = [_hit(session, case, wanted) for case, _score in rows[:limit]]
    more = len(rows) > limit
    return HitPage(hits, f"{rows[limit - 1][1]}.{rows[limit - 1][0].id}" if more else None)


def unmarked(case: Case) -> Hit:
    """A case of a list in which nothing was looked for."""
    return Hit(case, search_rules.marked(f"{case.number} {case.title}", ()), search_rules.marked(case.place, ()))


def nearest(session: Session, text: str, *, since: date, limit: int) -> list[Case]:
    """Cases of the sub-district received since a day that have most character pairs in common with a text.

    For comparing, not for eyes: of every station.
    """
    pairs = search_rules.grams(text[:COMPARED])
    if not pairs:
        return []
    query = select(Case).join(CaseGram, CaseGram.case_id == Case.id)
    query = query.where(Case.received_on >= since, CaseGram.gram.in_(pairs)).group_by(Case.id)
    return list(session.scalars(query.order_by(func.count().desc(), Case.id.desc()).limit(limit)))


def index(session: Session, case: Case) -> None:
    """Bring the index of a case up to its texts: after every change of one of them."""
    session.flush()
    pairs = search_rules.grams("\n".join(_texts(session, case)))
    known = frozenset(session.scalars(select(CaseGram.gram).where(CaseGram.case_id == case.id)))
    if known - pairs:
        session.execute(delete(CaseGram).where(CaseGram.case_id == case.id, CaseGram.gram.in_(known - pairs)))
    fresh = [{"gram": gram, "case_id": case.id, "subdistrict_id": case.subdistrict_id} for gram in pairs - known]
    if fresh:
        session.execute(insert(CaseGram), fresh)


def index_missing(session: Session, limit: int) -> int:
    """Index cases that were entered before there was an index; returns how many."""
    query = select(Case).where(~exists().where(CaseGram.case_id == Case.id)).order_by(Case.id).limit(limit)
    cases = session.scalars(query).all()
    for case in cases:
        index(session, case)
    return len(cases)


def breaches(session: Session) -> list[tuple[str, str]]:
    """Cases whose index is not that of their texts: object key and reason."""
    known: dict[str, set[str]] = {}
    for case_id, gram in session.execute(select(CaseGram.case_id, CaseGram.gram)):
        known.setdefault(case_id, set()).add(gram)
    return [
        (queries.business_key(case.id), "its search index is not that of its texts")
        for case in session.scalars(select(Case).order_by(Case.id))
        if known.get(case.id, set()) != search_rules.grams("\n".join(_texts(session, case)))
    ]


def _texts(session: Session, case: Case) -> list[str]:
    return [getattr(case, column.key) for column, _name, _weight in _TEXTS] + _remarks(session, case)


def _remarks(session: Session, case: Case) -> list[str]:
    query = select(CaseComment.text).where(CaseComment.case_id == case.id, CaseComment.withdrawn_at.is_(None))
    return list(session.scalars(query.order_by(CaseComment.id)))


def _holds(word: str) -> ColumnElement[bool]:
    """Whether a text of the case holds this word; the pairs first, because they have an index."""
    remark = exists().where(
        CaseComment.case_id == Case.id,
        CaseComment.withdrawn_at.is_(None),
        CaseComment.text.icontains(word, autoescape=True),
    )
    stands = or_(*(column.icontains(word, autoescape=True) for column, _name, _weight in _TEXTS), remark)
    pairs = search_rules.grams(word)
    if not pairs:
        return stands
    having_all = select(CaseGram.case_id).where(CaseGram.gram.in_(pairs))
    return and_(Case.id.in_(having_all.group_by(CaseGram.case_id).having(func.count() == len(pairs))), stands)


def _rank(wanted: Iterable[str]) -> ColumnElement[int]:
    """How much the texts that hold the words count, added up."""
    total: ColumnElement[int] = literal(0)
    for word in wanted:
        for column, _name, weight in _TEXTS:
            total = total + sql_case((column.icontains(word, autoescape=True), weight), else_=0)
    return total


def _cursor(session: Session, actor: Actor, text: str) -> tuple[int, str]:
    score, _, case_id = text.partition(".")
    known = select(Case.id).where(queries.visible(actor), Case.id == case_id)
    if not (score.isascii() and score.isdecimal()) or len(score) > 3 or session.scalar(known) is None:
        raise Invalid(queries.STRANGE_CURSOR)
    return int(score), case_id


def _hit(session: Session, case: Case, wanted: Sequence[str]) -> Hit:
    heading = search_rules.marked(f"{case.number} {case.title}", wanted)
    place = search_rules.marked(case.place, wanted)
    shown = f"{case.number} {case.title} {case.place}".lower()
    hidden = [word for word in wanted if word.lower() not in shown]
    for name, text in _longer_texts(session, case) if hidden else ():
        if excerpt := search_rules.excerpt(text, hidden):
            return Hit(case, heading, place, name, excerpt)
    return Hit(case, heading, place)


def _longer_texts(session: Session, case: Case) -> list[tuple[str, str]]:
    own = [(name, getattr(case, column.key)) for column, name, _ in _TEXTS if column.key not in _SHOWN_ANYWAY]
    return own + [(COMMENT, text) for text in _remarks(session, case)]
