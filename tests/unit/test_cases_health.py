"""Which link of a chain is broken, since when, and who must act."""

from datetime import UTC, date, datetime

from workflows.cases.health_rules import Break, Kind, Waiting, breaks
from workflows.cases.rules import LINKS, Link, LinkState

VISIT, TODAY = date(2026, 3, 2), date(2026, 3, 16)
THEN = datetime(2026, 3, 2, 1, tzinfo=UTC)


def chain(done: int) -> list[LinkState]:
    """The five links with the first ones done."""
    return [
        LinkState(link, "done" if n < done else "current", THEN if n < done else None) for n, link in enumerate(LINKS)
    ]


def found(
    done: int,
    *waiting: Waiting,
    ended_on: date | None = None,
    respond_by: date | None = None,
) -> list[Break]:
    return breaks(
        chain(done),
        ended_on=ended_on,
        respond_by=respond_by,
        waiting=waiting,
        still_since=VISIT,
        today=TODAY,
        keeper="街道人大工委",
    )


def test_a_whole_chain_is_healthy() -> None:
    assert found(5, ended_on=TODAY) == []
    assert found(5) == []


def test_a_step_in_time_is_healthy_on_its_last_day_too() -> None:
    assert found(1, Waiting("交办", TODAY, "街道人大工委")) == []
    assert found(1, Waiting("交办", None, "街道人大工委")) == []


def test_a_step_past_its_day_breaks_the_link_it_should_make() -> None:
    late = found(2, Waiting("承办单位办理", date(2026, 3, 10), "承办单位（城管办）"))
    assert late == [Break(Link.HANDLING, Kind.LATE, date(2026, 3, 10), "承办单位（城管办）", "承办单位办理")]


def test_of_several_late_steps_the_earliest_counts() -> None:
    late = found(2, Waiting("乙", date(2026, 3, 12), "乙单位"), Waiting("甲", date(2026, 3, 9), "甲单位"))
    assert [(one.since, one.who) for one in late] == [(date(2026, 3, 9), "甲单位")]


def test_a_finished_case_names_every_link_it_lacks() -> None:
    missing = found(3, ended_on=date(2026, 3, 12))
    assert missing == [
        Break(Link.RESULT, Kind.MISSING, date(2026, 3, 12)),
        Break(Link.FEEDBACK, Kind.MISSING, date(2026, 3, 12)),
    ]


def test_a_case_that_waits_for_nobody_is_stalled_since_its_last_event() -> None:
    assert found(2) == [Break(Link.HANDLING, Kind.STALLED, VISIT, "街道人大工委")]


def test_an_untold_visitor_breaks_the_last_link_while_an_earlier_one_may_be_late_too() -> None:
    both = found(1, Waiting("交办", date(2026, 3, 4), "街道人大工委"), respond_by=date(2026, 3, 11))
    assert [(one.link, one.kind, one.since) for one in both] == [
        (Link.REFERRAL, Kind.LATE, date(2026, 3, 4)),
        (Link.FEEDBACK, Kind.UNTOLD, date(2026, 3, 11)),
    ]


def test_a_late_reply_is_named_once() -> None:
    once = found(4, Waiting("答复来访人", date(2026, 3, 11), "工作站（官庄村）"), respond_by=date(2026, 3, 11))
    assert once == [Break(Link.FEEDBACK, Kind.UNTOLD, date(2026, 3, 11), "工作站（官庄村）")]
