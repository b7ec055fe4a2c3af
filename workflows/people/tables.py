"""Sub-districts, units, people, mandates, accounts, sessions and tokens.

An account is not `SubdistrictOwned`: a login name is unique in the installation (one sign-in page), and an
account of the district belongs to no sub-district. Every query about accounts names its sub-district itself.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.storage.session import Base, SubdistrictOwned
from workflows.storage.types import Json, UtcDateTime, new_id


class Subdistrict(Base):
    """One street (街道). Everything of its domain belongs to it."""

    __tablename__ = "subdistrict"

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    district: Mapped[str] = mapped_column(String(60))


class OrgUnit(SubdistrictOwned, Base):
    """A village, venue or department. Names and kinds change over time: the old row ends, a new one begins.

    ``station_id``: of a village, the station (站) that serves it. ``phone``: public, stands on what visitors take home.
    """

    __tablename__ = "org_unit"
    __table_args__ = (Index(None, "subdistrict_id", "kind", "number"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(60))
    number: Mapped[str] = mapped_column(String(12), default="")
    parent_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    station_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    phone: Mapped[str] = mapped_column(String(20), default="")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class Place(SubdistrictOwned, Base):
    """A place below a village, or a road: what people call it (domain S16). Retired ones stay, for old records.

    ``village_id``: the village or community it lies in; None for a road through several.
    """

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("subdistrict_id", "name"),)

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(40))
    village_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    added_by: Mapped[str] = mapped_column(String(60))
    added_on: Mapped[date] = mapped_column(Date)
    retired_on: Mapped[date | None] = mapped_column(Date)


class Person(SubdistrictOwned, Base):
    """Somebody who works here or represents people here. Visitors are not: they belong to their case."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20), default="")  # shown through rules.masked_phone


class Mandate(SubdistrictOwned, Base):
    """A person's seat. One person may hold two: 议政代表 of the street and 人大代表 of the district."""

    __tablename__ = "mandate"
    __table_args__ = (Index(None, "subdistrict_id", "kind", "valid_from"), Index(None, "person_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(String(19), ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(12))
    level: Mapped[str] = mapped_column(String(6))
    term: Mapped[str] = mapped_column(String(20))
    group_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))  # the village's group
    station_id: Mapped[str] = mapped_column(String(19), ForeignKey("org_unit.id"))
    basis: Mapped[str] = mapped_column(String(120), default="")  # the decision that seated or ended it
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)  # last day in office


_ACTIVE = text("active")


class User(Base):
    """An account. ``subdistrict_id`` None: of the district or of the installation."""

    __tablename__ = "user"
    __table_args__ = (
        Index("uq_user_person", "person_id", unique=True, postgresql_where=_ACTIVE, sqlite_where=_ACTIVE),
    )

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    subdistrict_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("subdistrict.id"), index=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)  # lower case
    password_hash: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("person.id"))
    display_name: Mapped[str] = mapped_column(String(40))
    active: Mapped[bool] = mapped_column(default=True)
    large_print: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Membership(Base):
    """A role held by an account, in force until it is ended."""

    __tablename__ = "membership"
    __table_args__ = (Index(None, "user_id"), Index(None, "role", "unit_id"))

    id: Mapped[str] = mapped_column(String(19), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(19), ForeignKey("user.id"))
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[str | None] = mapped_column(String(19), ForeignKey("org_unit.id"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class WebSession(Base):
    """A signed-in browser. The browser holds the token, the row only its hash."""

    __tablename__ = "web_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(19), ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ApiToken(Base):
    """A program's key to act as a user. Only its hash is kept."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(19), ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(60))
    scopes: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInTries(Base):
    """Wrong passwords in a row, per login name typed (known or not) and per address; wrong tracking codes per address.

    Kept by what was typed and not on the account, so that a delay does not tell which accounts exist.
    """

    __tablename__ = "sign_in_tries"

    id: Mapped[str] = mapped_column(String(70), primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
