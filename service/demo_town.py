"""The demo town's people: invented names, realistic numbers, made through the same actions as real work.

Everybody signs in with `PASSWORD`; every login is a readable word (``station1``, ``deputy07``, ``director``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from workflows.actor import Actor, the_clock
from workflows.people import actions, gazetteer, queries, rules
from workflows.people.rules import PlaceKind, UnitKind
from workflows.people.tables import User
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

PASSWORD = "虎山村的积水今年要排完才行"  # noqa: S105  # shown on the sign-in page of a demo town
SEATED_ON = date(2021, 12, 1)
TERM = "第一届"
VILLAGES = ("官庄村", "虎山村", "新陆社区", "河滨社区")
DEPARTMENTS = (
    "城管办",
    "农业农村办",
    "建设办",
    "社会事务办",
    "应急办",
    "综治中心",
    "市场监管分局",
    "派出所",
    "供水供气单位",
)
GROUPS = "一二三四"
ROADS = ("325省道", "新陆大道", "虎山路", "河滨路")
ESTATES = {"河滨花园": 3, "新陆嘉苑": 2}  # name -> place of its community in the town
SURNAMES = "赵钱孙李周吴郑王冯陈褚"
GIVEN = ("建国", "秀兰", "文华", "海燕")
WITHOUT_ACCOUNT = 10
"""In a full town, the deputy of each group at this place has no account: the station acts for them."""


@dataclass(frozen=True)
class Village:
    """One group of deputies with the station that serves it."""

    id: str
    name: str
    station_id: str
    station_name: str


@dataclass(frozen=True)
class DeputySeat:
    """A deputy; `login` is None for one without an account."""

    person_id: str
    name: str
    group_id: str
    station_id: str
    login: str | None


@dataclass
class Town:
    """A sub-district with its people.

    Attributes:
        actors: login -> who signs in with it.
        departments: name -> unit id.
    """

    workplace: Workplace
    subdistrict_id: str
    villages: list[Village] = field(default_factory=list)
    departments: dict[str, str] = field(default_factory=dict)
    venues: dict[str, str] = field(default_factory=dict)
    deputies: list[DeputySeat] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, login: str) -> Actor:
        """Who signs in with this login, as they were when the town was built."""
        return self.actors[login]

    def deputies_of(self, village: Village) -> list[DeputySeat]:
        return [seat for seat in self.deputies if seat.group_id == village.id]

    @property
    def clock_actor(self) -> Actor:
        return the_clock(self.subdistrict_id)


def full_town(workplace: Workplace) -> Town:
    """The demo town: 44 deputies in 4 groups of 11, 4 stations, 9 departments, committee of 3.

    Logins: deputy01…deputy44 (the tenth of each group has no account), station1…station4, village1…village4,
    committee1, committee2, director, office, admin, dept1…dept9.
    """
    town = found_street(workplace, "LJ", "陆集街道")
    with workplace.unit_of_work(town.subdistrict_id) as session:
        add_villages(session, town, VILLAGES)
        add_departments(session, town, DEPARTMENTS)
        add_venues(session, town)
        add_places(session, town)
        absent = {group * 11 + WITHOUT_ACCOUNT for group in range(4)}
        add_deputies(session, town, per_village=11, without_account=absent)
        add_staff(session, town, {f"station{n + 1}": n for n in range(4)})
    return finished(town)


def found_street(workplace: Workplace, code: str, name: str) -> Town:
    with workplace.database.unit_of_work(EVERYWHERE) as session:
        street = actions.create_subdistrict(
            session, the_clock(None), code=code, name=name, district="宿城区", at=workplace.engine.clock()
        )
        return Town(workplace, street.id)


def add_villages(session: Session, town: Town, names: Sequence[str]) -> None:
    us, at = town.clock_actor, town.workplace.engine.clock()
    for number, name in enumerate(names, 1):
        station = actions.create_unit(
            session,
            us,
            kind=UnitKind.STATION,
            name=f"{name}人大代表工作站",
            number=str(number),
            valid_from=SEATED_ON,
            at=at,
        )
        actions.set_unit_phone(session, us, unit_id=station.id, phone=f"0527-0000{number:04d}", at=at)
        village = actions.create_unit(
            session,
            us,
            kind=UnitKind.VILLAGE,
            name=name,
            number=str(number),
            station_id=station.id,
            valid_from=SEATED_ON,
            at=at,
        )
        town.villages.append(Village(village.id, name, station.id, station.name))


def add_departments(session: Session, town: Town, names: Sequence[str]) -> None:
    us, at = town.clock_actor, town.workplace.engine.clock()
    for number, name in enumerate(names, 1):
        unit = actions.create_unit(
            session, us, kind=UnitKind.DEPARTMENT, name=name, number=str(number), valid_from=SEATED_ON, at=at
        )
        town.departments[name] = unit.id
        add_account(session, town, f"dept{number}", f"{name}经办人", rules.DEPARTMENT, unit.id)


def add_venues(session: Session, town: Town) -> None:
    us, at = town.clock_actor, town.workplace.engine.clock()
    venues = [(UnitKind.HOME, "陆集街道代表之家"), *((UnitKind.POINT, f"宿话说{n}号点") for n in range(1, 6))]
    for kind, name in venues:
        unit = actions.create_unit(session, us, kind=kind, name=name, valid_from=SEATED_ON, at=at)
        town.venues[name] = unit.id


def add_places(session: Session, town: Town) -> None:
    """Village groups, roads and estates for the gazetteer; communities have no groups."""
    us, at = town.clock_actor, town.workplace.engine.clock()
    for village in town.villages:
        for group in GROUPS if village.name.endswith("村") else "":
            name = f"{village.name}{group}组"
            gazetteer.add(session, us, kind=PlaceKind.GROUP, name=name, village_id=village.id, at=at)
    for road in ROADS:
        gazetteer.add(session, us, kind=PlaceKind.ROAD, name=road, at=at)
    for estate, place in ESTATES.items():
        village_id = town.villages[place].id
        gazetteer.add(session, us, kind=PlaceKind.ESTATE, name=estate, village_id=village_id, at=at)


def add_deputies(session: Session, town: Town, *, per_village: int, without_account: set[int]) -> None:
    us, at = town.clock_actor, town.workplace.engine.clock()
    for n in range(per_village * len(town.villages)):
        village = town.villages[n // per_village]
        name = SURNAMES[n % per_village] + GIVEN[n // per_village]
        person = actions.create_person(session, us, name=name, phone=f"1990000{n + 1:04d}", at=at)
        actions.seat_deputy(
            session, us, person_id=person.id, term=TERM, group_id=village.id, valid_from=SEATED_ON, at=at
        )
        login = None if n + 1 in without_account else f"deputy{n + 1:02d}"
        if login:
            add_account(session, town, login, name, rules.DEPUTY, person_id=person.id)
        town.deputies.append(DeputySeat(person.id, name, village.id, village.station_id, login))


def add_staff(session: Session, town: Town, stations: Mapping[str, int]) -> None:
    for login, place in stations.items():
        village = town.villages[place]
        add_account(session, town, login, f"{village.name}站干事", rules.STATION, village.station_id)
    for number, village in enumerate(town.villages, 1):
        add_account(session, town, f"village{number}", f"{village.name}书记", rules.VILLAGE, village.id)
    add_account(session, town, "committee1", "工委干事甲", rules.COMMITTEE)
    add_account(session, town, "committee2", "工委干事乙", rules.COMMITTEE)
    add_account(session, town, "director", "工委主任", rules.COMMITTEE)
    add_account(session, town, "office", "街道办考核员", rules.OFFICE)
    add_account(session, town, "admin", "流程管理员", rules.PROCESS_ADMIN)


def add_account(
    session: Session,
    town: Town,
    login: str,
    name: str,
    role: str,
    unit_id: str | None = None,
    *,
    person_id: str | None = None,
) -> User:
    us, at = town.clock_actor, town.workplace.engine.clock()
    user = actions.create_user(
        session,
        us,
        login=login,
        password=PASSWORD,
        display_name=name,
        subdistrict_id=town.subdistrict_id,
        person_id=person_id,
        at=at,
    )
    actions.grant(session, us, user_id=user.id, role=role, unit_id=unit_id, at=at)
    return user


def finished(town: Town) -> Town:
    with town.workplace.reading(town.subdistrict_id) as session:
        for account in queries.accounts(session):
            town.actors[account.user.login] = queries.actor_of(session, account.user.id)
    return town
