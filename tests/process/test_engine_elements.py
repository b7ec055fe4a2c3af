"""Every BPMN element we allow, run straight through the database: each step is frozen and thawed."""

from datetime import date, datetime

from tests.process.diagram import Process, each, package
from tests.process.house import CHIEF, House
from workflows.actor import Actor, Membership, the_clock
from workflows.clock import BEIJING, beijing_date
from workflows.engine import agreement, definitions, instances, schedules, visibility


def run(house: House, process: Process, *others: Process, messages: tuple[str, ...] = (), **start: object) -> str:
    house.publish(package(process, *others, messages=messages))
    return house.start(**start)


def agrees(house: House) -> bool:
    with house.database.reading("luji") as session:
        return list(agreement.differences(house.engine, session)) == []


def test_answers_are_kept_under_the_name_of_their_step(house: House) -> None:
    process = Process().start().user("first").service("keep", "test.note", value="first").user("second").end("done")
    instance = run(house, process.flow("begin", "first", "keep", "second", "done"))
    house.complete(instance, "first")
    assert house.calls == [("keep", {})]
    assert house.names(instance) == ["second"]
    house.complete(instance, "second")
    assert house.status(instance) == "completed"
    assert house.passed(instance) == ["begin", "first", "keep", "second", "done"]


def test_a_step_goes_to_the_lane_the_unit_and_the_person_of_its_properties(house: House) -> None:
    process = Process().start().user("mine", assignee="start.who").end("done")
    instance = run(house, process.flow("begin", "mine", "done"), who="u7")
    assert house.open(instance)[0].assignee == "u7"

    process = (
        Process("units").start().user("theirs", candidateUnit="start.unit", subject="'转' + start.unit").end("done")
    )
    house.publish(package(process.flow("begin", "theirs", "done")))
    task = house.open(house.start("units", unit="d3"))[0]
    assert (task.candidate, task.assignee, task.subject) == ("工作站@d3", None, "转d3")


def test_an_exclusive_gateway_takes_the_first_condition_that_holds_else_its_default(house: House) -> None:
    process = Process().start().gateway("which", default="no").user("big").user("small").end("done")
    process.flow("begin", "which").flow_if("yes", "which", "big", "start.n > 5").flow_if("no", "which", "small")
    house.publish(package(process.flow("big", "done").flow("small", "done")))
    assert house.names(house.start(n=6)) == ["big"]
    assert house.names(house.start(n=5)) == ["small"]


def test_parallel_branches_join_and_keep_both_answers(house: House) -> None:
    process = Process().start().gateway("split", "parallel").user("a").user("b").gateway("join", "parallel")
    process.service("keep", "test.note", value="[len(a), len(b)]").end("done")
    process.flow("begin", "split", "a", "join").flow("split", "b", "join", "keep", "done")
    instance = run(house, process)
    assert house.names(instance) == ["a", "b"]
    house.complete(instance, "b")
    assert house.names(instance) == ["a"]
    house.complete(instance, "a")
    assert house.calls == [("keep", [0, 0])]
    assert house.status(instance) == "completed"


def test_an_inclusive_gateway_waits_for_the_branches_it_opened(house: House) -> None:
    process = Process().start().gateway("split", "inclusive", default="f0").user("a").user("b").user("c")
    process.gateway("join", "inclusive").end("done").flow("begin", "split")
    process.flow_if("f1", "split", "a", "start.n > 1").flow_if("f2", "split", "b", "start.n > 2")
    process.flow_if("f0", "split", "c").flow("a", "join").flow("b", "join").flow("c", "join", "done")
    house.publish(package(process))
    both = house.start(n=3)
    assert house.names(both) == ["a", "b"]
    house.complete(both, "a")
    assert house.status(both) == "running"
    house.complete(both, "b")
    assert house.status(both) == "completed"
    neither = house.start(n=0)
    assert house.names(neither) == ["c"]


def test_a_reminder_and_a_deadline_on_one_step_each_fire_once_on_their_own_day(house: House) -> None:
    process = Process().start().user("handle").service("remind", "test.note", value="'催'").end("reminded")
    process.service("late", "test.note", value="'超期'").end("overdue").end("done")
    process.boundary_timer("soon", "handle", "2个工作日").boundary_timer(
        "limit", "handle", "3个工作日", interrupting=True
    )
    process.flow("begin", "handle", "done").flow("soon", "remind", "reminded").flow("limit", "late", "overdue")
    instance = run(house, process)
    house.clock.forward(days=2)
    assert house.sweep() == 0, "two working days end at midnight"
    house.clock.forward(days=1)
    assert house.sweep() == 1
    assert house.sweep() == 0
    assert house.names(instance) == ["handle"]
    house.clock.forward(days=1)
    assert house.sweep() == 1
    assert [value for _, value in house.calls] == ["催", "超期"]
    assert house.status(instance) == "completed"
    assert agrees(house)


def test_timers_end_with_the_step_they_sit_on(house: House) -> None:
    process = Process().start().user("handle").end("reminded").end("done").boundary_timer("soon", "handle", "2天")
    instance = run(house, process.flow("begin", "handle", "done").flow("soon", "reminded"))
    house.complete(instance, "handle")
    house.clock.forward(days=30)
    assert house.sweep() == 0
    assert house.jobs(instance) == []


def test_timers_on_a_sub_process_watch_all_of_it_and_end_with_it(house: House) -> None:
    inner = Process("inner").start("in_begin").user("a").user("b").end("in_done").flow("in_begin", "a", "b", "in_done")
    process = Process().start().sub("work", inner).user("after").service("remind", "test.note", value="1")
    process.end("reminded").end("done").boundary_timer("soon", "work", "1天").boundary_timer("later", "work", "9天")
    process.flow("begin", "work", "after", "done").flow("soon", "remind", "reminded").flow("later", "reminded")
    instance = run(house, process)
    house.complete(instance, "a")
    house.clock.forward(days=2)
    assert house.sweep() == 1
    house.complete(instance, "b")
    assert house.names(instance) == ["after"]
    house.clock.forward(days=20)
    assert house.sweep() == 0
    assert agrees(house)


def test_two_timers_of_one_event_gateway_each_have_their_own_moment(house: House) -> None:
    """The library keeps one shared due time: the second timer never fires on its own."""
    process = Process().start().gateway("which", "eventBased").timer("far", "9天").timer("near", "2天")
    process.end("far_end").service("kept", "test.note", value="'near'").end("near_end")
    process.flow("begin", "which", "far", "far_end").flow("which", "near", "kept", "near_end")
    instance = run(house, process)
    assert [job.node_id for job in house.jobs(instance)] == ["near", "far"]
    house.clock.forward(days=3)
    assert house.sweep() == 1
    assert house.calls == [("kept", "near")]
    assert house.status(instance) == "completed"
    assert house.jobs(instance) == []


def test_an_event_gateway_takes_a_message_or_a_timer_whichever_comes_first(house: House) -> None:
    process = Process().start().gateway("which", "eventBased").timer("late", "2天").message("reply", "reply")
    process.end("late_end").service("kept", "test.note", value="reply").end("reply_end")
    process.flow("begin", "which", "late", "late_end").flow("which", "reply", "kept", "reply_end")
    house.publish(package(process, messages=("reply",)))
    instance = house.start(business_key="case:1")
    with house.work() as session:
        taken = instances.send_message(
            house.engine,
            session,
            the_clock("luji"),
            name="reply",
            business_key="case:1",
            payload={"text": "好"},
        )
    assert taken == 1
    assert house.calls == [("kept", {"text": "好"})]
    assert house.status(instance) == "completed"
    assert house.jobs(instance) == []


def test_a_message_that_comes_early_is_kept_until_somebody_waits(house: House) -> None:
    process = Process().start().user("prepare").message("reply", "reply").service("kept", "test.note", value="reply.n")
    process.end("done").flow("begin", "prepare", "reply", "kept", "done")
    house.publish(package(process, messages=("reply",)))
    mine, other = house.start(business_key="case:1"), house.start(business_key="case:2")
    with house.work() as session:
        instances.send_message(
            house.engine, session, the_clock("luji"), name="reply", business_key="case:1", payload={"n": 7}
        )
    house.complete(other, "prepare")
    assert house.status(other) == "running", "another case's message is not for it"
    house.complete(mine, "prepare")
    assert house.calls == [("kept", 7)]
    assert house.status(mine) == "completed"


def test_a_message_thrown_by_one_process_reaches_another_about_the_same_matter(house: House) -> None:
    thrower = Process("thrower").start("t_begin").throw("tell", "news").end("t_done").flow("t_begin", "tell", "t_done")
    catcher = (
        Process("catcher").start("c_begin").message("hear", "news").end("c_done").flow("c_begin", "hear", "c_done")
    )
    house.publish(package(thrower, messages=("news",)))
    house.publish(package(catcher, messages=("news",)))
    waiting = house.start("catcher", business_key="case:1")
    house.start("thrower", business_key="case:1")
    assert house.sweep() == 1
    assert house.status(waiting) == "completed"


def test_an_error_of_a_sub_process_leaves_by_its_boundary(house: House) -> None:
    refused = '<bpmn:errorEventDefinition errorRef="e_refused"/>'
    inner = Process("inner").start("in_begin").user("a").end("in_refused", refused).flow("in_begin", "a", "in_refused")
    process = (
        Process().start().sub("work", inner).boundary("failed", "work", refused).user("repair").end("done").end("bad")
    )
    instance = run(house, process.flow("begin", "work", "done").flow("failed", "repair", "bad"))
    house.complete(instance, "a")
    assert house.names(instance) == ["repair"]


def test_an_escalation_of_a_sub_process_opens_its_boundary_beside_it(house: House) -> None:
    late = '<bpmn:escalationEventDefinition escalationRef="x_late"/>'
    inner = Process("inner").start("in_begin").user("a").end("in_late", late).flow("in_begin", "a", "in_late")
    process = Process().start().sub("work", inner).boundary("told", "work", late, interrupting=False).user("chief")
    process.end("done").end("told_end").flow("begin", "work", "done").flow("told", "chief", "told_end")
    instance = run(house, process)
    house.complete(instance, "a")
    assert house.names(instance) == ["chief"]


def test_a_terminate_end_stops_what_else_is_open(house: House) -> None:
    process = (
        Process()
        .start()
        .gateway("split", "parallel")
        .user("a")
        .user("b")
        .end("stop", "<bpmn:terminateEventDefinition/>")
    )
    process.end("done").flow("begin", "split", "a", "stop").flow("split", "b", "done")
    instance = run(house, process)
    house.complete(instance, "a")
    assert house.status(instance) == "completed"
    assert house.open(instance) == []


def test_many_people_at_once_each_with_their_own_step(house: House) -> None:
    process = Process().start().user("each", inner=each("start.people", "person"), assignee="person.id").end("done")
    instance = run(house, process.flow("begin", "each", "done"), people=[{"id": f"u{n}"} for n in range(44)])
    tasks = house.open(instance)
    assert {task.assignee for task in tasks} == {f"u{n}" for n in range(44)}
    for task in tasks:
        house.complete_task(task)
    assert house.status(instance) == "completed"


def test_a_called_process_for_each_member_of_a_list(house: House) -> None:
    called = (
        Process("one", lane="代表").start("one_begin").user("fill", assignee="person").user("check").end("one_done")
    )
    called.flow("one_begin", "fill", "check", "one_done").boundary_timer("soon", "fill", "1天").end("soon_end")
    called.flow("soon", "soon_end")
    process = Process().start().call("all", "one", each("start.people", "person")).user("after").end("done")
    instance = run(house, process.flow("begin", "all", "after", "done"), called, people=["u1", "u2", "u3"])
    assert len(house.jobs(instance)) == 3
    for task in house.open(instance):
        house.complete_task(task)
    assert house.names(instance) == ["check", "check", "check"]
    assert {task.candidate for task in house.open(instance)} == {"代表@*"}, "a called process has its own lanes"
    for task in house.open(instance):
        house.complete_task(task)
    assert house.names(instance) == ["after"]
    assert agrees(house)


def test_one_after_the_other_and_what_they_said_is_collected(house: House) -> None:
    loop = each("start.people", "person", sequential=True, collect="say", into="said")
    process = Process().start().user("say", inner=loop).service("keep", "test.note", value="len(said)").end("done")
    instance = run(house, process.flow("begin", "say", "keep", "done"), people=["a", "b", "c"])
    for _ in range(3):
        assert house.names(instance) == ["say"]
        house.complete(instance, "say")
    assert house.calls == [("keep", 3)]


def test_nobody_in_the_list_means_nothing_to_wait_for(house: House) -> None:
    process = Process().start().user("each", inner=each("start.people", "person")).end("done")
    assert house.status(run(house, process.flow("begin", "each", "done"), people=[])) == "completed"


def test_a_multi_instance_step_can_be_entered_again(house: House) -> None:
    """The library refuses a second entry when the collected list is not empty."""
    loop = each("start.people", "person", collect="vote", into="votes")
    process = Process().start().user("vote", inner=loop).user("judge").gateway("again", default="stop").end("done")
    process.flow("begin", "vote", "judge", "again").flow_if("stop", "again", "done")
    process.flow_if("more", "again", "vote", "len(votes) == 2 and start.rounds > 1")
    instance = run(house, process, people=["a", "b"], rounds=2)
    for _ in range(2):
        for task in house.open(instance):
            house.complete_task(task)
        assert house.names(instance) == ["judge"]
        house.complete(instance, "judge")
    assert house.names(instance) == ["vote", "vote"]


def test_a_script_assigns_and_a_receive_step_waits(house: House) -> None:
    process = (
        Process().start().script("count", "twice = start.n * 2\nthrice = twice + start.n").user("look").end("done")
    )
    process.service("keep", "test.note", value="thrice").flow("begin", "count", "keep", "look", "done")
    run(house, process, n=4)
    assert house.calls == [("keep", 12)]


def test_a_scheduled_process_starts_by_itself_once_per_occasion(house: House) -> None:
    process = (
        Process("monthly").start(timer="每月倒数第5个工作日").service("keep", "test.note", value="start.scheduled_on")
    )
    house.publish(package(process.end("done").flow("begin", "keep", "done")))
    with house.work() as session:
        schedules.plan(house.engine, session, definitions.latest(session, "monthly", date.max))
    assert house.sweep() == 0
    house.clock.set(datetime(2026, 3, 25, 8, 29, tzinfo=BEIJING))
    assert house.sweep() == 0
    house.clock.set(datetime(2026, 3, 25, 8, 30, tzinfo=BEIJING))
    assert house.sweep() == 1
    assert house.sweep() == 0
    house.clock.set(datetime(2026, 5, 1, 9, tzinfo=BEIJING))
    assert house.sweep() == 1
    assert [value for _, value in house.calls] == ["2026-03-25", "2026-04-24"]


def test_somebody_in_a_called_process_does_not_see_the_steps_of_the_others(house: House) -> None:
    called = Process("one", lane="代表").start("one_begin").user("fill", assignee="person").end("one_done")
    called.flow("one_begin", "fill", "one_done")
    process = Process().start().call("all", "one", each("start.people", "person")).user("after").end("done")
    instance = run(house, process.flow("begin", "all", "after", "done"), called, people=["u1", "u2"])
    for task in house.open(instance):
        house.complete_task(task)
    first = Actor("u1", "甲", "luji", frozenset({Membership("代表")}))
    with house.database.reading("luji") as session:
        row = house.row(instance)
        mine = visibility.history_for(house.engine, session, first, row)
        every = visibility.history_for(house.engine, session, CHIEF, row)
    assert [line.actor_id for line in mine if line.node_id == "fill"] == ["u1"]
    assert [line.actor_id for line in every if line.node_id == "fill"] == ["u1", "u2"]
    assert "begin" in {line.node_id for line in mine}


def test_a_moved_deadline_moves_the_timers_and_the_due_dates_that_read_it(house: House) -> None:
    deadline = {"respond_by": "2026-03-11"}
    house.engine.facts.add("case", lambda session, key: deadline, fields={"respond_by": "答复期限"})
    process = (
        Process().start().service("begin_case", "test.name", key="'case:1'").user("reply", dueOn="case.respond_by")
    )
    process.service("remind", "test.note", value="case.respond_by").end("reminded").end("done")
    process.boundary_timer("soon", "reply", "case.respond_by前3个工作日")
    process.flow("begin", "begin_case", "reply", "done").flow("soon", "remind", "reminded")
    instance = run(house, process)
    assert house.open(instance)[0].due_on == date(2026, 3, 11)
    assert beijing_date(house.jobs(instance)[0].run_at) == date(2026, 3, 6)
    deadline["respond_by"] = "2026-03-18"
    with house.work() as session:
        assert instances.refresh_timers(house.engine, session, the_clock("luji"), business_key="case:1") == 1
    assert house.open(instance)[0].due_on == date(2026, 3, 18)
    assert beijing_date(house.jobs(instance)[0].run_at) == date(2026, 3, 13)
    house.clock.forward(days=7)
    assert house.sweep() == 0
    house.clock.forward(days=5)
    assert house.sweep() == 1
    assert house.calls == [("remind", "2026-03-18")]
    assert agrees(house)


def test_a_timer_whose_date_may_be_missing_begins_when_the_date_comes_and_stops_when_it_goes(house: House) -> None:
    deadline: dict[str, str | None] = {"respond_by": None}
    house.engine.facts.add("case", lambda session, key: deadline, fields={"respond_by": "答复期限"})
    process = Process().start().service("begin_case", "test.name", key="'case:1'")
    process.user("reply", dueOn="case.respond_by（没有日期不计时）")
    process.service("remind", "test.note", value="case.respond_by").end("reminded").end("done")
    process.boundary_timer("soon", "reply", "case.respond_by前3个工作日（没有日期不计时）")
    process.flow("begin", "begin_case", "reply", "done").flow("soon", "remind", "reminded")
    instance = run(house, process)

    def move(day: str | None) -> None:
        deadline["respond_by"] = day
        with house.work() as session:
            instances.refresh_timers(house.engine, session, the_clock("luji"), business_key="case:1")
        assert agrees(house)

    assert (house.open(instance)[0].due_on, house.jobs(instance)) == (None, [])
    assert agrees(house)
    move("2026-03-18")
    assert house.open(instance)[0].due_on == date(2026, 3, 18)
    assert [beijing_date(job.run_at) for job in house.jobs(instance)] == [date(2026, 3, 13)]
    move(None)
    assert (house.open(instance)[0].due_on, house.jobs(instance)) == (None, [])
    move("2026-03-18")
    house.clock.forward(days=12)
    assert house.sweep() == 1
    assert house.calls == [("remind", "2026-03-18")]
    house.complete(instance, "reply")
    assert house.status(instance) == "completed"
    assert agrees(house)
