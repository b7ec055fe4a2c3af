"""Roles, kinds of units, mandates, passwords and how long a wrong one delays the next try. No I/O."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from workflows.actor import Actor
from workflows.errors import Invalid, NotAllowed

DEPUTY: Final = "代表"
STATION: Final = "工作站"
COMMITTEE: Final = "街道人大工委"
DEPARTMENT: Final = "承办单位"
OFFICE: Final = "街道办"
VILLAGE: Final = "村（社区）"
PROCESS_ADMIN: Final = "流程管理员"
DISTRICT: Final = "区人大"

ROLES: Final = (DEPUTY, STATION, COMMITTEE, DEPARTMENT, OFFICE, VILLAGE, PROCESS_ADMIN, DISTRICT)
"""Every role. A role's name is a candidate group, which is the name of a lane in a diagram."""


class UnitKind(StrEnum):
    """What an organisational unit is. 家, 站 and 点 are the venues of deputies."""

    SUBDISTRICT = "街道"
    VILLAGE = "村（社区）"
    HOME = "家"
    STATION = "站"
    POINT = "点"
    DEPARTMENT = "部门"


UNIT_OF_ROLE: Final[dict[str, UnitKind]] = {
    STATION: UnitKind.STATION,
    DEPARTMENT: UnitKind.DEPARTMENT,
    VILLAGE: UnitKind.VILLAGE,
}
"""The kind of unit a role is held in; every other role is held without a unit."""


class PlaceKind(StrEnum):
    """What a place of the gazetteer is; villages and communities are units already."""

    GROUP = "村民小组"
    ROAD = "道路"
    ESTATE = "小区"
    OTHER = "其他"


class MandateKind(StrEnum):
    """A 议政代表 is a member of a sub-district's consultative meeting; a 人大代表 is a deputy by statute."""

    COUNCILLOR = "议政代表"
    DEPUTY = "人大代表"


class MandateLevel(StrEnum):
    SUBDISTRICT = "街道"
    DISTRICT = "区"


# ---------------------------------------------------------------------------------------------- who may


def check_manages_accounts(actor: Actor, subdistrict_id: str | None) -> None:
    """Units, people and accounts of a sub-district are kept by its process administrator.

    The clock stands for the installation itself (first set-up, the demo town).

    Raises:
        NotAllowed: the actor is neither.
    """
    if actor.is_clock:
        return
    if PROCESS_ADMIN not in actor.roles or actor.subdistrict_id is None or actor.subdistrict_id != subdistrict_id:
        raise NotAllowed("只有本街道的流程管理员可以管理单位、人员和账号，请联系流程管理员。")


def check_may_add_place(actor: Actor) -> None:
    """Whoever writes places down may add one that is missing.

    Raises:
        NotAllowed: neither station, committee nor process administrator.
    """
    if not (actor.is_clock or actor.roles & {STATION, COMMITTEE, PROCESS_ADMIN}):
        raise NotAllowed("地名由代表工作站和街道人大工委添加，您没有这个身份。")


def check_may_retire_place(actor: Actor) -> None:
    """
    Raises:
        NotAllowed: not the process administrator.
    """
    if not (actor.is_clock or actor.has_role(PROCESS_ADMIN)):
        raise NotAllowed("地名由流程管理员停用，请联系流程管理员。")


def check_role_and_unit(role: str, unit_kind: str | None) -> None:
    """A role goes with its kind of unit, or with none.

    Raises:
        Invalid: no such role, a unit of the wrong kind, or a unit missing or too many.
    """
    if role not in ROLES:
        raise Invalid("没有“{role}”这个角色，请从角色清单中选择。", role=role)
    wanted = UNIT_OF_ROLE.get(role)
    if wanted is None and unit_kind is not None:
        raise Invalid("角色“{role}”不属于某个单位，请不要选择单位。", role=role)
    if wanted is not None and unit_kind != wanted:
        raise Invalid("角色“{role}”要选择一个类别为“{kind}”的单位。", role=role, kind=wanted.value)


# -------------------------------------------------------------------------------------------- passwords

PASSWORD_MIN_LENGTH: Final = 12
PASSWORD_MAX_LENGTH: Final = 128  # argon2 would take more; a megabyte of it would only cost us time
PASSWORD_MIN_DISTINCT: Final = 5
_SITE_WORDS: Final = ("luji", "lujijiedao", "renda", "password", "admin", "qwerty", "123456", "abcdef")


def check_password(password: str, login: str) -> None:
    """Length before everything (NIST SP 800-63B): no demand for kinds of characters, no forced renewal.

    Almost every password of the published "most common" lists is shorter than the minimum; what is left of
    them is repetition and padding, which is what the other two checks refuse.

    Raises:
        Invalid: with the reason at the field ``password``.
    """
    fault = _password_fault(password, login)
    if fault:
        raise Invalid("密码不符合要求，请换一个。", fields={"password": fault})


def _password_fault(password: str, login: str) -> str:
    if len(password) < PASSWORD_MIN_LENGTH:
        return "密码至少要 12 个字符，可以用一句话。"
    if len(password) > PASSWORD_MAX_LENGTH:
        return "密码不能超过 128 个字符。"
    if len(set(password)) < PASSWORD_MIN_DISTINCT:
        return "密码里重复的字符太多，请换一个。"
    rest = password.lower()
    for word in (login.lower(), *_SITE_WORDS):
        rest = rest.replace(word, "") if word else rest
    if len(rest) < PASSWORD_MIN_LENGTH // 2:
        return "密码不能由账号名或常见词拼成，请换一个。"
    return ""


# ----------------------------------------------------------------------------------------- wrong tries

LOGIN_FREE_FAILURES: Final = 5
ADDRESS_FREE_FAILURES: Final = 20  # a whole office may share one address
CODE_FREE_FAILURES: Final = 10  # tracking codes: nobody mistypes more often, and a guess needs 2**60 tries
FIRST_DELAY: Final = timedelta(minutes=1)
LONGEST_DELAY: Final = timedelta(hours=1)
FORGOTTEN_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Tries:
    """Wrong passwords in a row for one login name or from one address."""

    failures: int = 0
    locked_until: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until


def after_failure(tries: Tries, now: datetime, free: int) -> Tries:
    """One more wrong password. From the `free`-th on the delay doubles: 1 minute … 1 hour, never for good."""
    failures = tries.failures + 1
    if failures < free:
        return Tries(failures, tries.locked_until)
    doublings = min(failures - free, 10)
    return Tries(failures, now + min(FIRST_DELAY * 2**doublings, LONGEST_DELAY))


# -------------------------------------------------------------------------------------------- sessions

SESSION_IDLE: Final = timedelta(minutes=30)
SESSION_ABSOLUTE: Final = timedelta(hours=12)
SESSION_SEEN_STEP: Final = timedelta(minutes=5)  # how stale `seen_at` may be: one write per step, not per page

TOKEN_LIFE_DAYS: Final = 90
TOKEN_MAX_DAYS: Final = 366
SCOPE_READ: Final = "read"
SCOPE_WORK: Final = "work"
SCOPE_DESIGN: Final = "design"
SCOPES: Final = (SCOPE_READ, SCOPE_WORK, SCOPE_DESIGN)
"""What a token may be used for: reading; starting and completing; checking and publishing definitions."""


_OFFICE_PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{3,18}[0-9]")


def office_phone(typed: str) -> str:
    """The telephone number of an office as typed, in plain characters; "" for none.

    Raises:
        Invalid: it is no number that can be dialled.
    """
    number = " ".join(unicodedata.normalize("NFKC", typed).replace("－", "-").split())
    if number and not _OFFICE_PHONE.fullmatch(number):
        sentence = "电话号码只能有数字、空格和短横线，例如 0527-88001234。"
        raise Invalid(sentence, fields={"phone": sentence})
    return number


def masked_phone(phone: str) -> str:
    """``13812348000`` as ``138****8000``: enough to recognise a number one already knows."""
    if len(phone) <= 4:
        return "*" * len(phone)
    head = phone[:3] if len(phone) >= 7 else ""
    return f"{head}****{phone[-4:]}"
