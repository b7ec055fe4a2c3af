"""What the quarter's diagram may call while results hang out and about the villages' board."""

from collections.abc import Mapping
from typing import Any

from workflows.assessment import board, objections, rules
from workflows.assessment.delegate_subject import book_of, period_of
from workflows.assessment.rules import Quarter
from workflows.engine import queries as processes
from workflows.engine.delegates import DelegateContext, Registry
from workflows.errors import Invalid
from workflows.people import queries as people
from workflows.people.rules import COMMITTEE

Answer = Mapping[str, Any]


def register(registry: Registry) -> None:
    """Objections and the board, with the words that staff read in the editor."""
    registry.add(
        "assessment.object",
        raise_objection,
        label="登记异议",
        parameters={"answer": "异议表"},
        returns={"id": "异议", "station": "工作站", "user": "代表的账号", "name": "代表", "about": "哪一项"},
    )
    registry.add(
        "assessment.answer_objection",
        answer_objection,
        label="登记工作站的说明",
        parameters={"objection": "异议", "text": "说明"},
    )
    registry.add(
        "assessment.decide_objection",
        decide_objection,
        label="登记工委的决定，成立的更正积分",
        parameters={"objection": "异议", "answer": "决定表"},
        returns={"upheld": "是否成立", "words": "决定，一句话"},
    )
    registry.add(
        "assessment.check_another_person",
        check_another_person,
        label="核对办理人不是前一步的同一人",
        parameters={"step": "前一步的编号"},
    )
    registry.add(
        "assessment.propose_board",
        propose_board,
        label="按规则排出红黑榜",
        returns={"village": "村（社区）", "name": "名称", "reasons": "拟列入黑榜的理由"},
    )
    registry.add(
        "assessment.explain_board",
        explain_board,
        label="登记村（社区）的说明",
        parameters={"village": "村（社区）", "text": "说明"},
    )
    registry.add(
        "assessment.confirm_board",
        confirm_board,
        label="审定红黑榜",
        parameters={"answer": "审定表"},
        returns={"red": "红榜个数", "black": "黑榜个数"},
    )


def raise_objection(context: DelegateContext, answer: Answer) -> dict[str, Any]:
    """An objection of the deputy whom the form names, or else of whoever hands it in.

    Raises:
        Invalid: no deputy is named, and whoever hands it in is none.
    """
    person_id = answer.get("deputy") or context.actor.person_id
    if not person_id:
        raise Invalid("请选择是哪一位代表的异议。", fields={"deputy": "请选择代表。"})
    period = period_of(context, "quarter")
    row = objections.raise_objection(
        context.engine, context.session, context.actor, period=period, person_id=person_id, answer=answer
    )
    seats = people.deputies_on(context.session, Quarter.read(period).last_day)
    seat = next((each for each in seats if each.person_id == person_id), None)
    return {
        "id": row.id,
        "station": row.station_id,
        "user": seat.user_id if seat else None,
        "name": people.person(context.session, person_id).name,
        "about": row.title,
    }


def answer_objection(context: DelegateContext, objection: str, text: str | None) -> None:
    objections.answer_objection(context.engine, context.session, context.actor, objection_id=objection, text=text or "")


def decide_objection(context: DelegateContext, objection: str, answer: Answer) -> dict[str, Any]:
    row = objections.decide(context.engine, context.session, context.actor, objection_id=objection, answer=answer)
    return {"upheld": row.upheld, "words": f"{'成立' if row.upheld else '不成立'}。{row.opinion}"}


def check_another_person(context: DelegateContext, step: str) -> None:
    """Refuses and undoes what was handed in by whoever did the earlier step of the same matter."""
    done = [row for row in processes.history(context.session, context.instance.id) if row.node_id == step]
    members = [user.id for user in people.members(context.session, COMMITTEE)]
    rules.check_another_person(context.actor, done[-1].actor_id if done else None, members)


def propose_board(context: DelegateContext) -> list[dict[str, Any]]:
    return board.propose(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        book=book_of(context),
    )


def explain_board(context: DelegateContext, village: str, text: str | None) -> None:
    board.explain(
        context.engine,
        context.session,
        context.actor,
        period=period_of(context, "quarter"),
        village_id=village,
        text=text or "",
    )


def confirm_board(context: DelegateContext, answer: Answer) -> dict[str, int]:
    return board.confirm(
        context.engine, context.session, context.actor, period=period_of(context, "quarter"), answer=answer
    )
