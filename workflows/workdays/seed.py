"""The national days that come with the product, read from the `chinesecalendar` package's tables at set-up.

Read once into our own database; no deadline is ever computed by the package.
"""

from functools import lru_cache

from chinese_calendar import constants

from workflows.workdays.rules import FIRST_YEAR, DayRule, Layer, WorkingCalendar, resolve

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


def national_days() -> list[DayRule]:
    """Every day off and every make-up working day of the bundled years, in order."""
    off = [
        DayRule(day, False, _chinese(name), Layer.NATIONAL, _source(day.year))
        for day, name in constants.holidays.items()
        if day.year >= FIRST_YEAR
    ]
    work = [
        DayRule(day, True, _chinese(name), Layer.NATIONAL, _source(day.year))
        for day, name in constants.workdays.items()
        if day.year >= FIRST_YEAR
    ]
    return sorted(off + work, key=lambda rule: rule.day)


def years() -> list[int]:
    return sorted({rule.day.year for rule in national_days()})


@lru_cache(maxsize=1)
def bundled() -> WorkingCalendar:
    """The bundled calendar without any database, for the calculator on a machine that has none yet."""
    return WorkingCalendar(resolve(national_days()), frozenset(years()))


def _chinese(name: str) -> str:
    return _NAMES.get(name, name)


def _source(year: int) -> str:
    return f"国务院办公厅关于{year}年部分节假日安排的通知"
