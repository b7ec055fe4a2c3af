"""What lies in a case's file besides the case itself: remarks of the staff, links to other cases, the search index."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import UtcDateTime, new_id


class CaseComment(SubdistrictOwned, Base):
    """What somebody of the staff noted. Never changed; its author may take it back, which leaves a trace."""

    __tablename__ = "case_comment"
    __table_args__ = (Index(None, "case_id"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))
    by_id: Mapped[str] = mapped_column(String(19))
    text: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # its text is shown to nobody then


class CaseLink(SubdistrictOwned, Base):
    """Two cases that have to do with each other, each handled by itself. Read from both sides."""

    __tablename__ = "case_link"
    __table_args__ = (UniqueConstraint("case_id", "other_id"), Index(None, "other_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    other_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"))
    reason: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(60))


class CaseGram(SubdistrictOwned, Base):
    """Two neighbouring characters of a case's texts: narrows a search before the texts themselves are read.

    Written with every change of a text; can be made again from the texts at any time.
    """

    __tablename__ = "case_gram"
    __table_args__ = (Index(None, "case_id"),)

    gram: Mapped[str] = mapped_column(String(2), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(19), ForeignKey("constituent_case.id"), primary_key=True)
