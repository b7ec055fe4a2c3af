"""The traps of the library that a diagram or a person can fall into, each sprung on purpose.

Section numbers are those of the engine chapter of our design book: 1 elements, 4 run-time safety, 7 sharp edges.
What publishing refuses is tested in ``test_checking``; these are the guards behind it, with the checks left out.
"""

import json
import threading
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.process.diagram import Process, each, package
from tests.process.house import CHIEF, CLERK, House
from workflows.actor import the_clock
from workflows.engine import agreement, codec, jobs, runtime, spiff, store, user_tasks
from workflows.engine.runtime import STEP_LIMIT, ProcessFault
from workflows.engine.tables import Incident, Job, ProcessInstance, UserTask
from workflows.errors import Conflict, NotAllowed, NotFound


def test_4_an_endless_automatic_loop_is_stopped_and_named_and_nothing_is_stored(house: House) -> None:
    """The library runs to depth 1000 and then calls the instance completed."""
    process = Process().start().user("first").script("count", "n = get(start, 'x', 0)").gateway("again", default="stop")
    process.end("done").flow("begin", "first", "count", "again").flow_if("stop", "again", "done", None)
    process.flow_if("more", "again", "count", "1 == 1")
    house.publish(package(process))
    instance = house.start()
    with pytest.raises(ProcessFault, match="不停的循环"):
        house.complete(instance, "first")
    assert house.names(instance) == ["first"]
    assert house.status(instance) == "running"


@pytest.fixture
def short_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What eats time is stopped after half a second instead of five; that it is stopped is the same."""
    monkeypatch.setattr(runtime, "SECONDS_LIMIT", 0.5)


@pytest.mark.usefixtures("short_budget")
def test_4_a_loop_that_forks_is_stopped(house: House) -> None:
    process = Process().start().user("first").gateway("fork", "parallel").script("a", "x = 1").script("b", "y = 1")
    process.gateway("merge", default="on").flow("begin", "first", "fork", "a", "merge").flow("fork", "b", "merge")
    process.flow_if("on", "merge", "fork")
    house.publish(package(process))
    instance = house.start()
    with pytest.raises(ProcessFault):
        house.complete(instance, "first")
    assert house.names(instance) == ["first"]


def test_4_too_many_at_once_is_refused_before_anything_is_made(house: House) -> None:
    process = Process().start().user("first").user("each", inner=each("start.people", "person")).end("done")
    house.publish(package(process.flow("begin", "first", "each", "done")))
    instance = house.start(people=list(range(501)))
    with pytest.raises(ProcessFault, match="最多办理 500 个"):
        house.complete(instance, "first")


@pytest.mark.usefixtures("short_budget")
def test_4_a_called_process_that_calls_itself_is_stopped(house: House) -> None:
    inner = Process("again").start("a_begin").call("a_call", "again").end("a_done").flow("a_begin", "a_call", "a_done")
    process = Process().start().user("first").call("call", "again").end("done").flow("begin", "first", "call", "done")
    house.publish(package(process, inner))
    instance = house.start()
    with pytest.raises(ProcessFault):
        house.complete(instance, "first")


def test_4_only_a_waiting_step_can_be_completed(house: House) -> None:
    """The library runs a finished or future step again without a word."""
    process = Process().start().user("first").user("second").end("done").flow("begin", "first", "second", "done")
    house.publish(package(process))
    instance = house.start()
    task = house.open(instance)[0]
    house.complete_task(task)
    with pytest.raises(Conflict, match="已经办理完毕"):
        house.complete_task(task)
    with house.work() as session:
        running = store.load(house.engine, session, the_clock("luji"), instance)
        with pytest.raises(Conflict, match="不在等待"):
            running.execution.complete(task.token, "first", {})
        with pytest.raises(Conflict):
            running.execution.complete("0" * 32, "first", {})
    assert house.names(instance) == ["second"]


def test_7_data_may_hold_any_name_and_comes_back_as_it_was(house: House) -> None:
    """In the library's own format a key called ``typename`` makes an instance unrestorable."""
    answer = {"typename": "x", "data": {"typename": "UUID"}, "深": {"层": [1, 2.5, None, True, "字"]}, "": ""}
    process = Process().start().user("first").service("keep", "test.note", value="start").user("second").end("done")
    house.publish(package(process.flow("begin", "first", "keep", "second", "done")))
    instance = house.start(**{"answer": answer})
    house.complete(instance, "first")
    assert house.calls == [("keep", {"answer": answer})]


def test_7_what_a_later_step_changes_does_not_rewrite_what_an_earlier_one_recorded(house: House) -> None:
    process = Process().start().user("first").script("edit", "start = {'n': start.n + 1}").user("second")
    process.service("keep", "test.note", value="start.n").end("done").flow(
        "begin", "first", "edit", "second", "keep", "done"
    )
    house.publish(package(process))
    instance = house.start(n=1)
    house.complete(instance, "first")
    with house.work() as session:
        running = store.load(house.engine, session, the_clock("luji"), instance)
        seen = {
            t.task_spec.name: t.data["start"] for t in running.execution._workflow.tasks.values() if "start" in t.data
        }
    assert seen["first"] == {"n": 1}
    assert seen["second"] == {"n": 2}


def test_7_a_list_that_grows_in_one_branch_survives_the_join(house: House) -> None:
    """The library's join drops elements; results under their own node's name are never merged element by element."""
    process = (
        Process().start().gateway("split", "parallel").user("a").service("more", "test.note", value="[1, 2, 3, 4]")
    )
    process.user("b").gateway("join", "parallel").service("keep", "test.note", value="more").end("done")
    process.flow("begin", "split", "a", "more", "join", "keep", "done").flow("split", "b", "join")
    house.publish(package(process))
    instance = house.start()
    house.complete(instance, "a")
    house.complete(instance, "b")
    assert house.calls[-1] == ("keep", [1, 2, 3, 4])


def test_7_when_the_next_step_fails_the_completed_one_is_open_again(house: House) -> None:
    process = Process().start().user("first").gateway("which", default="f0").user("x").end("done")
    process.flow("begin", "first", "which").flow_if("f1", "which", "x", "nowhere.n > 1").flow_if("f0", "which", "done")
    house.publish(package(process.flow("x", "done")))
    instance = house.start()
    before = house.row(instance)
    with pytest.raises(ProcessFault) as refused:
        house.complete(instance, "first")
    assert refused.value.instance_id == instance
    assert "nowhere" in str(refused.value)
    assert house.names(instance) == ["first"]
    assert (house.row(instance).state, house.row(instance).revision) == (before.state, before.revision)


def test_7_a_timer_whose_date_is_missing_fails_the_step_before_it_by_name(house: House) -> None:
    process = (
        Process().start().user("first").user("second").boundary_timer("soon", "second", "case.respond_by前1个工作日")
    )
    process.end("late").end("done").flow("begin", "first", "second", "done").flow("soon", "late")
    house.publish(package(process))
    instance = house.start()
    with pytest.raises(ProcessFault, match="case"):
        house.complete(instance, "first")
    assert house.names(instance) == ["first"]


def test_a_delegate_that_fails_by_timer_is_tried_again_and_ends_as_one_incident(house: House) -> None:
    process = Process().start().user("handle").service("broken", "test.fail").end("told").end("done")
    process.boundary_timer("soon", "handle", "1天").flow("begin", "handle", "done").flow("soon", "broken", "told")
    house.publish(package(process))
    instance, other = house.start(), house.start()
    house.clock.forward(days=2)
    tries = 0
    while house.jobs(instance):
        assert house.sweep() == 0
        house.clock.forward(hours=3)
        tries += 1
    assert tries == jobs.MAX_ATTEMPTS
    with house.database.reading("luji") as session:
        incidents = session.scalars(select(Incident).where(Incident.instance_id == instance)).all()
    assert ["printer" in incident.error for incident in incidents] == [True]
    assert house.names(instance) == ["handle"], "the step itself is not lost"
    house.complete(other, "handle")
    assert house.status(other) == "completed", "another instance is not held up"


def test_a_fault_of_the_diagram_by_timer_is_an_incident_at_once(house: House) -> None:
    process = Process().start().user("handle").script("bad", "x = nowhere.n").end("told").end("done")
    process.boundary_timer("soon", "handle", "1天").flow("begin", "handle", "done").flow("soon", "bad", "told")
    house.publish(package(process))
    instance = house.start()
    house.clock.forward(days=2)
    assert house.sweep() == 0
    with house.database.reading("luji") as session:
        incident = session.scalars(select(Incident).where(Incident.instance_id == instance)).one()
    assert incident.node_id == "bad"
    assert len(house.jobs(instance, "dead")) == 1


def test_250_returns_for_rework_stay_small_and_end_correctly(house: House) -> None:
    """With a reminder, an escalation and freeze-and-thaw each time; the library dies at depth 1000, 8 a round."""
    process = Process().start().user("handle").user("review").gateway("good", default="back").end("done")
    process.service("remind", "test.note", value="1").end("reminded")
    process.boundary_timer("soon", "handle", "1天").boundary_timer("later", "review", "5天").end("later_end")
    process.flow("begin", "handle", "review", "good").flow_if("ok", "good", "done", "rounds.n >= 250")
    process.script("rounds_next", "rounds = {'n': rounds.n + 1}").script("zero", "rounds = {'n': 0}")
    process._parts = [
        p.replace('sourceRef="begin" targetRef="handle"', 'sourceRef="begin" targetRef="zero"') for p in process._parts
    ]
    process.flow("zero", "handle").flow_if("back", "good", "rounds_next").flow("rounds_next", "handle")
    process.flow("soon", "remind", "reminded").flow("later", "later_end")
    house.publish(package(process))
    instance = house.start()
    sizes = []
    for n in range(251):
        if n % 100 == 50:
            house.clock.forward(days=2)
            assert house.sweep() == 1
        house.complete(instance, "handle")
        house.complete(instance, "review")
        sizes.append(len(house.row(instance).state))
    assert house.status(instance) == "completed"
    assert max(sizes) < 3500
    assert len(house.calls) == 3


def test_an_open_side_branch_is_not_pruned_away(house: House) -> None:
    process = Process().start().user("handle").user("review").gateway("good", default="back").end("done")
    process.user("chief").end("told").boundary_timer("late", "handle", "1天")
    process.flow("begin", "handle", "review", "good").flow_if("ok", "good", "done", "get(start, 'ok', False)")
    process.flow_if("back", "good", "handle").flow("late", "chief", "told")
    house.publish(package(process))
    instance = house.start()
    house.clock.forward(days=2)
    assert house.sweep() == 1
    for _ in range(5):
        house.complete(instance, "handle")
        house.complete(instance, "review")
    assert house.names(instance) == ["chief", "handle"]
    house.complete(instance, "chief")
    assert house.names(instance) == ["handle"]


def test_a_state_freezes_and_thaws_without_change(house: House) -> None:
    inner = Process("one").start("o_begin").user("fill").end("o_done").flow("o_begin", "fill", "o_done")
    process = Process().start().gateway("split", "parallel").call("all", "one", each("start.people", "person"))
    process.user("b").gateway("join", "parallel").end("done").boundary_timer("soon", "all", "2天").end("soon_end")
    process.flow("begin", "split", "all", "join", "done").flow("split", "b", "join").flow("soon", "soon_end")
    house.publish(package(process, inner))
    instance = house.start(people=["a", "b", "c"])
    for node in ("fill", "b", "fill"):
        house.complete(instance, node)
        with house.work() as session:
            running = store.load(house.engine, session, the_clock("luji"), instance)
            assert codec.pack(running.execution._workflow) == house.row(instance).state


def test_one_version_serves_many_threads_and_stays_as_it_was(house: House) -> None:
    loop = each("start.people", "person")
    process = Process().start().user("first").user("each", inner=loop).gateway("g", "eventBased").timer("t1", "1天")
    process.timer("t2", "2天").end("done").flow("begin", "first", "each", "g", "t1", "done").flow("g", "t2", "done")
    compiled = spiff.build(package(process))
    described = _described(compiled)
    house.publish(package(process))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                instance = house.start(people=["a", "b"])
                house.complete(instance, "first")
                for task in house.open(instance):
                    house.complete_task(task)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with house.work() as session:
        definition = session.scalars(select(ProcessInstance.definition_id)).first()
        assert _described(house.engine.specs.get(session, definition)) == described


def _described(compiled: Any) -> str:
    specs = {compiled.spec.name: compiled.spec, **compiled.subprocess_specs}
    return json.dumps(
        {name: {t.name: [o.name for o in t.outputs] for t in spec.task_specs.values()} for name, spec in specs.items()},
        sort_keys=True,
    )


def test_two_people_completing_one_step_one_succeeds_and_the_other_is_told(house: House) -> None:
    house.publish(
        package(Process().start().user("first").user("second").end("d").flow("begin", "first", "second", "d"))
    )
    instance = house.start()
    task = house.open(instance)[0]
    barrier, outcomes = threading.Barrier(8), []

    def complete() -> None:
        barrier.wait()
        try:
            house.complete_task(task)
            outcomes.append("done")
        except Conflict as conflict:
            outcomes.append(str(conflict))

    threads = [threading.Thread(target=complete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("done") == 1
    assert all("已经办理完毕" in outcome or outcome == "done" for outcome in outcomes)
    assert house.names(instance) == ["second"]


def test_claiming_and_releasing(house: House) -> None:
    house.publish(package(Process().start().user("first").end("done").flow("begin", "first", "done")))
    task = house.open(house.start())[0]
    with house.work() as session:
        user_tasks.claim(house.engine, session, CLERK, task_id=task.id)
    with house.work() as session, pytest.raises(NotFound):
        user_tasks.claim(house.engine, session, CHIEF, task_id=task.id)
    with pytest.raises(Conflict, match="别人领取"):
        house.complete_task(task)
    with house.work() as session:
        user_tasks.release(house.engine, session, CLERK, task_id=task.id)
    with house.work() as session, pytest.raises(NotAllowed):
        user_tasks.release(house.engine, session, CLERK, task_id=task.id)
    house.complete_task(task)


def test_lost_and_extra_timer_rows_are_found_and_mended(house: House) -> None:
    process = Process().start().user("handle").end("told").end("done").boundary_timer("soon", "handle", "3天")
    house.publish(package(process.flow("begin", "handle", "done").flow("soon", "told")))
    lost, extra, fine = house.start(), house.start(), house.start()
    with house.work() as session:
        session.execute(update(Job).where(Job.instance_id == lost).values(status="cancelled"))
        session.add(Job(kind="timer", instance_id=extra, waiting_token="f" * 32, node_id="soon", run_at=house.clock()))
    with house.database.reading("luji") as session:
        wrong = {difference.instance_id for difference in agreement.differences(house.engine, session)}
    assert wrong == {lost, extra}
    assert jobs.reconcile(house.engine, house.database) == 2
    with house.database.reading("luji") as session:
        assert list(agreement.differences(house.engine, session)) == []
    house.clock.forward(days=5)
    assert house.sweep() == 3
    assert house.names(fine) == ["handle"]


def test_a_worker_that_lost_its_lease_does_nothing(house: House) -> None:
    """Claimed twice, because the first worker stood still longer than its lease: only the second one counts."""
    process = Process().start().user("handle").service("remind", "test.note", value="1").end("told").end("done")
    process.boundary_timer("soon", "handle", "1天").flow("begin", "handle", "done").flow("soon", "remind", "told")
    house.publish(package(process))
    instance = house.start()
    house.clock.forward(days=2)
    slow = jobs._claim(house.engine, house.database, Job.instance_id == instance, "slow")
    assert slow is not None
    assert house.sweep() == 0, "the lease still holds"
    with house.work() as session:
        session.execute(
            update(Job).where(Job.instance_id == instance).values(lease_until=house.clock().replace(year=2000))
        )
    assert house.sweep() == 1
    assert jobs._attempt(house.engine, house.database, slow) == 0
    assert house.calls == [("remind", 1)]


def test_a_job_that_kills_its_worker_is_given_up_and_not_tried_for_ever(house: House) -> None:
    process = Process().start().user("handle").end("told").end("done").boundary_timer("soon", "handle", "1天")
    house.publish(package(process.flow("begin", "handle", "done").flow("soon", "told")))
    instance = house.start()
    house.clock.forward(days=2)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert jobs._claim(house.engine, house.database, Job.instance_id == instance, "doomed") is not None
        with house.work() as session:
            old = house.clock().replace(year=2000)
            session.execute(update(Job).where(Job.instance_id == instance).values(lease_until=old))
    assert house.sweep() == 0
    assert len(house.jobs(instance, "dead")) == 1
    assert house.names(instance) == ["handle"]


def test_the_budget_leaves_room_for_a_whole_roster(house: House) -> None:
    inner = Process("one").start("o_begin").script("a", "x = 1").script("b", "y = 2").user("fill").end("o_done")
    inner.flow("o_begin", "a", "b", "fill", "o_done")
    process = Process().start().call("all", "one", each("start.people", "person")).end("done")
    house.publish(package(process.flow("begin", "all", "done"), inner))
    instance = house.start(people=[f"u{n}" for n in range(132)])
    assert len(house.open(instance)) == 132
    assert STEP_LIMIT >= 132 * 6


def test_an_ended_instance_keeps_its_history_and_drops_its_state(house: House) -> None:
    house.publish(package(Process().start().user("first").end("done").flow("begin", "first", "done")))
    instance = house.start()
    house.complete(instance, "first")
    assert house.row(instance).state == b""
    assert house.passed(instance) == ["begin", "first", "done"]
    with house.database.reading("luji") as session:
        assert session.scalars(select(UserTask.status)).all() == ["completed"]
