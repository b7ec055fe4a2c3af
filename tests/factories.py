"""Towns for tests, built only through the actions that people use.

`small_town` is enough for most tests; `full_town` is the demo town of the domain book: 44 deputies.
"""

from service.demo_town import (
    DEPARTMENTS,
    PASSWORD,
    SEATED_ON,
    VILLAGES,
    DeputySeat,
    Town,
    Village,
    add_account,
    add_departments,
    add_deputies,
    add_staff,
    add_villages,
    finished,
    found_street,
    full_town,
)
from workflows.people import rules
from workflows.wiring import Workplace

__all__ = ["PASSWORD", "SEATED_ON", "DeputySeat", "Town", "Village", "full_town", "second_street", "small_town"]


def small_town(workplace: Workplace) -> Town:
    """Two villages with three deputies each, and one or two people of every other role.

    Logins: deputy01…deputy06 (deputy06 has no account), station1a, station1b, station2, village1, village2,
    committee1, committee2, director, office, admin, dept1, dept2.
    """
    town = found_street(workplace, "LJ", "陆集街道")
    with workplace.unit_of_work(town.subdistrict_id) as session:
        add_villages(session, town, VILLAGES[:2])
        add_departments(session, town, DEPARTMENTS[:2])
        add_deputies(session, town, per_village=3, without_account={6})
        add_staff(session, town, {"station1a": 0, "station1b": 0, "station2": 1})
    return finished(town)


def second_street(workplace: Workplace) -> Town:
    """Another sub-district of the same installation, to look for leaks; its logins end in ``@xq``."""
    town = found_street(workplace, "XQ", "新桥街道")
    with workplace.unit_of_work(town.subdistrict_id) as session:
        add_villages(session, town, ("新桥村",))
        add_account(session, town, "station@xq", "新桥站干事", rules.STATION, town.villages[0].station_id)
        add_account(session, town, "committee@xq", "新桥工委", rules.COMMITTEE)
    return finished(town)
