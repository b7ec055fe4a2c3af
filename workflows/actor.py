"""Who is doing this: a person with memberships, the clock, or whoever sits at the server."""

from dataclasses import dataclass, field

ANY_UNIT = "*"
_CLOCK = "clock"
_CONSOLE = "console"


@dataclass(frozen=True)
class Membership:
    """One role, everywhere (``unit_id`` None) or in one organisational unit.

    `role` is the name of a candidate group, which is the name of a lane in a diagram (代表, 工作站, …).
    """

    role: str
    unit_id: str | None = None


@dataclass(frozen=True)
class Actor:
    """The person, or the installation itself, that an action is done by.

    Attributes:
        id: user id, or ``"clock"``, or ``"console"``.
        name: as shown in timelines.
        subdistrict_id: the sub-district the actor works in; None only for installation-wide work.
        person_id: the person behind the account, when there is one.
    """

    id: str
    name: str
    subdistrict_id: str | None
    memberships: frozenset[Membership] = field(default_factory=frozenset)
    person_id: str | None = None

    @property
    def is_clock(self) -> bool:
        """The installation itself: by its clock, or on its command line."""
        return self.id in (_CLOCK, _CONSOLE)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(m.role for m in self.memberships)

    def has_role(self, role: str, unit_id: str | None = None) -> bool:
        """Whether the actor holds `role`; with a unit, holds it for that unit (or for all units)."""
        return any(
            m.role == role and (unit_id is None or m.unit_id is None or m.unit_id == unit_id) for m in self.memberships
        )

    def units_of(self, role: str) -> frozenset[str | None]:
        return frozenset(m.unit_id for m in self.memberships if m.role == role)

    @property
    def candidate_keys(self) -> tuple[str, ...]:
        """The values of ``user_task.candidate`` that this actor may work on, sorted."""
        keys = {candidate_key(m.role, ANY_UNIT) for m in self.memberships}
        keys |= {candidate_key(m.role, m.unit_id) for m in self.memberships if m.unit_id}
        return tuple(sorted(keys))


def candidate_key(role: str, unit_id: str | None) -> str:
    """A role and a unit as one indexed value: ``工作站@01J…`` or ``街道人大工委@*``."""
    return f"{role}@{unit_id or ANY_UNIT}"


def the_clock(subdistrict_id: str | None) -> Actor:
    return Actor(id=_CLOCK, name="系统时钟", subdistrict_id=subdistrict_id)


def the_console(subdistrict_id: str | None, operator: str) -> Actor:
    """Whoever runs a command on the server: may what the installation may, and is named in the books.

    Args:
        operator: the operating system's name of the account.
    """
    return Actor(id=_CONSOLE, name=f"命令行（{operator[:40]}）", subdistrict_id=subdistrict_id)
