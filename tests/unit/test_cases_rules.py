"""Links, lateness, numbers and codes of a request: pure rules, no database."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from workflows.actor import Actor, Membership
from workflows.cases import rules
from workflows.cases.rules import Link, Milestone
from workflows.clock import beijing_moment
from workflows.errors import Invalid, NotAllowed
from workflows.workdays import seed

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
CALENDAR = seed.bundled()
SECRET = "s" * 48


def walked(*names: str) -> list[Milestone]:
    return [Milestone(name, MONDAY + timedelta(hours=n), f"第{n}人") for n, name in enumerate(names)]


def states(*names: str, ended: bool = False, overdue: bool = False) -> list[str]:
    return [state.state for state in rules.link_states(walked(*names), ended=ended, overdue=overdue)]


def test_names_and_numbers_do_not_leave_in_a_text() -> None:
    told = rules.without_persons("王桂兰您好，19900001234 已记", [("王桂兰", "19900001234"), ("", "")])
    assert told == "王**您好，199****1234 已记"


def test_the_first_link_that_is_not_done_is_the_current_one() -> None:
    assert states("登记", "反映") == ["done", "done", "current", "waiting", "waiting"]


def test_an_overdue_case_is_overdue_where_it_stands() -> None:
    assert states("登记", overdue=True) == ["done", "overdue", "waiting", "waiting", "waiting"]


def test_a_finished_case_without_a_link_misses_it() -> None:
    assert states("登记", "反映", "处理", "结果", ended=True) == ["done"] * 4 + ["missing"]


def test_a_returned_referral_opens_its_link_again() -> None:
    assert states("登记", "反映", "处理", "退回") == ["done", "current", "waiting", "waiting", "waiting"]


def test_a_reopened_case_keeps_only_its_registration() -> None:
    assert states(*rules.LINKS, "重办")[:2] == ["done", "current"]


def test_a_link_done_again_opens_the_later_ones() -> None:
    assert states(*rules.LINKS, "处理") == ["done", "done", "done", "current", "waiting"]


def test_words_of_an_office_that_are_no_links_count_for_nothing() -> None:
    assert states("登记", "现场核实") == ["done", "current", "waiting", "waiting", "waiting"]


def test_an_answer_on_the_spot_completes_every_link_and_says_how() -> None:
    tracker = rules.link_states(walked("登记", "当场答复"), ended=True)
    assert [state.state for state in tracker] == ["done"] * 5
    assert [state.how for state in tracker] == ["", *["当场答复"] * 4]
    assert tracker[4].by == "第1人"
    assert tracker[4].link is Link.FEEDBACK


DUE = date(2026, 10, 12)


@pytest.mark.parametrize("answered", [time(0), time(17, 31), time(23, 59, 59)])
def test_an_answer_on_the_last_day_is_in_time_until_midnight(answered: time) -> None:
    moment = beijing_moment(DUE, answered)
    assert not rules.is_late(DUE, moment, moment, final=True)


def test_an_answer_after_midnight_in_beijing_is_late_also_when_utc_still_has_the_old_date() -> None:
    moment = beijing_moment(DUE + timedelta(days=1), time(0))
    assert moment.date() == DUE
    assert rules.is_late(DUE, moment, moment, final=True)


def test_a_provisional_date_is_never_late() -> None:
    assert not rules.is_late(DUE, None, beijing_moment(date(2026, 12, 1), time(9)), final=False)


def test_a_date_that_the_calendar_moved_earlier_is_late_only_after_the_old_one() -> None:
    old = DUE + timedelta(days=2)
    in_between = beijing_moment(DUE + timedelta(days=1), time(9))
    after = beijing_moment(old + timedelta(days=1), time(9))
    assert not rules.is_late(DUE, None, in_between, final=True, protected_until=old)
    assert rules.is_late(DUE, None, after, final=True, protected_until=old)


@pytest.mark.parametrize(
    ("new", "today", "flagged"),
    [
        (date(2026, 10, 10), date(2026, 10, 8), False),  # two working days ahead
        (date(2026, 10, 10), date(2026, 10, 9), True),  # within one working day
        (date(2026, 10, 10), date(2026, 10, 11), True),  # past already
        (date(2026, 10, 13), date(2026, 10, 12), False),  # later than before: nothing to protect
    ],
)
def test_a_date_moved_earlier_to_a_day_that_is_close_is_flagged(new: date, today: date, flagged: bool) -> None:
    assert rules.needs_protection(CALENDAR, old=DUE, new=new, today=today) is flagged


# ------------------------------------------------------------------------- anonymous visits: calendar §5, row 17


@pytest.mark.parametrize(
    ("anonymous", "respond_by", "status", "untimed"),
    [
        (True, None, "办理中", True),
        (True, None, "已办结", True),
        (True, date(2026, 3, 11), "办理中", False),  # begun under an older diagram: keeps its date
        (True, None, "当场答复", False),
        (True, None, "不予受理", False),
        (False, None, "办理中", False),
    ],
)
def test_a_matter_without_a_reply_date(anonymous: bool, respond_by: date | None, status: str, untimed: bool) -> None:
    assert rules.is_untimed(anonymous=anonymous, respond_by=respond_by, status=status) is untimed


def test_feedback_of_an_anonymous_visit_is_done_and_does_not_apply() -> None:
    tracker = rules.link_states(walked(*rules.LINKS), ended=True, nobody_asked=True)
    assert [state.state for state in tracker] == ["done"] * 5
    assert [state.how for state in tracker] == ["", "", "", "", "不适用"]


@pytest.mark.parametrize(("channel", "anonymous"), [("公布", True), ("电话", False), ("书面", False)])
def test_how_a_visitor_is_answered(channel: str, anonymous: bool) -> None:
    rules.check_reply_channel(channel, anonymous=anonymous)
    with pytest.raises(Invalid) as refusal:
        rules.check_reply_channel(channel, anonymous=not anonymous)
    assert set(refusal.value.fields) == {"channel"}


@pytest.mark.parametrize(
    ("due", "own", "tells_visitor", "expected"),
    [
        (date(2026, 3, 11), None, True, date(2026, 3, 10)),
        (date(2026, 3, 11), date(2026, 3, 5), True, date(2026, 3, 5)),
        (date(2026, 3, 11), date(2026, 3, 30), True, date(2026, 3, 10)),
        (date(2026, 3, 2), None, True, date(2026, 3, 2)),  # due today: not before the day it is handed over
        (date(2026, 3, 23), None, False, date(2026, 3, 23)),  # nobody to tell: the whole time
        (date(2026, 3, 23), date(2026, 3, 30), False, date(2026, 3, 23)),
    ],
)
def test_the_handler_has_a_day_of_their_own(due: date, own: date | None, tells_visitor: bool, expected: date) -> None:
    given_on = date(2026, 3, 2)
    day = rules.handling_day(CALENDAR, due=due, own=own, given_on=given_on, tells_visitor=tells_visitor)
    assert day == expected


@pytest.mark.parametrize("now", [("承办单位", "d2"), ("工作站", None), ("街道人大工委", None)])
def test_a_dissatisfied_visitor_gets_another_handler(now: tuple[str, str | None]) -> None:
    rules.check_other_handler(("承办单位", "d1"), now)
    rules.check_other_handler(None, now)
    with pytest.raises(Invalid) as refusal:
        rules.check_other_handler(now, now)
    assert set(refusal.value.fields) == {"department" if now[1] else "handler"}


def test_calls_are_counted_by_working_days_in_beijing() -> None:
    late_friday = beijing_moment(date(2026, 3, 6), time(23))
    saturday = beijing_moment(date(2026, 3, 7), time(9))
    monday = beijing_moment(date(2026, 3, 9), time(7))
    calls = [late_friday, late_friday + timedelta(minutes=5), saturday, monday]
    assert rules.count_working_days(CALENDAR, calls) == 2


def test_numbers_are_short_and_sayable() -> None:
    assert rules.case_number(2026, 317) == "2026-0317"
    assert rules.case_number(2026, 12345) == "2026-12345"


def _codes(count: int) -> list[str]:
    """Codes from a fixed stream, so that a failure can be repeated."""
    drawn = iter((n * n * 7 + 11 * n) % 32 for n in range(count * rules.CODE_LENGTH))
    return [rules.new_code(lambda _: next(drawn)) for _ in range(count)]


def test_a_code_is_read_however_it_was_typed() -> None:
    for code in _codes(50):
        stored = code.replace("-", "")
        assert len(stored) == rules.CODE_LENGTH + 1
        assert not set(stored) & set("ILOU")
        typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert rules.normal_code(typed) == stored


def test_one_wrong_character_makes_a_code_invalid() -> None:
    for code in _codes(5):
        stored = code.replace("-", "")
        for place, right in enumerate(stored):
            for wrong in set(rules.CODE_ALPHABET) - {right}:
                assert rules.normal_code(stored[:place] + wrong + stored[place + 1 :]) is None


def test_two_exchanged_characters_make_a_code_invalid() -> None:
    tried = 0
    for code in _codes(50):
        stored = code.replace("-", "")
        for place, (one, other) in enumerate(pairwise(stored)):
            if one != other:
                tried += 1
                assert rules.normal_code(stored[:place] + other + one + stored[place + 2 :]) is None
    assert tried > 100


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3M-Q2VX-9D4H-TT", "查询码", "U" * 13, "7K3M-Q2VX-9D4H-É"])
def test_what_can_not_be_a_code_is_none(typed: str) -> None:
    assert rules.normal_code(typed) is None


def test_codes_are_drawn_from_the_whole_alphabet_and_do_not_repeat() -> None:
    codes = {rules.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert set("".join(codes)) - {"-"} == set(rules.CODE_ALPHABET)


def test_the_stored_hash_depends_on_the_code_and_on_the_installation() -> None:
    code, other = (one.replace("-", "") for one in _codes(2))
    hashes = {rules.code_hash(code, SECRET), rules.code_hash(other, SECRET), rules.code_hash(code, "t" * 48)}
    assert len(hashes) == 3
    assert all(code not in each for each in hashes)


@pytest.mark.parametrize(
    ("shown", "text"),
    [("王**", "王桂兰"), ("王*", "王五"), ("199****1234", "19900001234"), ("虎**", "虎山村三组12号"), ("", "")],
)
def test_personal_data_is_masked(text: str, shown: str) -> None:
    assert rules.masked(text) == shown


def _person(role: str, unit: str | None = None) -> Actor:
    return Actor("u", "某人", "luji", frozenset({Membership(role, unit)}))


@pytest.mark.parametrize(
    ("actor", "sees"),
    [
        (_person("街道人大工委"), True),
        (_person("工作站", "s1"), True),
        (_person("工作站", "s2"), False),
        (_person("承办单位", "d1"), True),
        (_person("承办单位", "d2"), False),
        (_person("代表"), False),
        (_person("村（社区）", "v1"), False),
        (_person("区人大"), False),
    ],
)
def test_who_sees_a_case(actor: Actor, sees: bool) -> None:
    assert rules.may_see(actor, "s1", "d1") is sees


def test_nobody_sees_an_unreferred_case_through_a_department() -> None:
    assert not rules.may_see(_person("承办单位", "d1"), "s1", None)


def test_only_the_stations_staff_registers() -> None:
    rules.check_may_register(_person("工作站", "s1"), "s1")
    with pytest.raises(NotAllowed):
        rules.check_may_register(_person("工作站", "s2"), "s1")
