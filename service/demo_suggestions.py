"""What the deputies of the demo town suggested in half a year, and what came of it (domain 6.3, S65, S70, S71).

70 suggestions, 50 public opinions and 6 opinions on oversight, written, signed, examined, handled and answered through
the same actions as real ones. One of them is a model story: what deputies saw on an inspection of the 325 provincial
road becomes a suggestion, and in the end a matter for the district.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from service.demo_town import DeputySeat, Town
from workflows.activities import queries as activities
from workflows.cases import search
from workflows.engine import user_tasks
from workflows.engine.tables import UserTask
from workflows.suggestions import actions, queries
from workflows.suggestions.rules import Kind, Source
from workflows.workdays.rules import WorkingCalendar

SUGGESTIONS: Final = 70
OPINIONS: Final = 50
LETTERS: Final = 6
NUMBERED_FROM: Final = {Kind.SUGGESTION: 0, Kind.OPINION: 100, Kind.OVERSIGHT: 200}
"""Where the numbers of a kind begin, so that each paper has its own."""
AFTER_THE_INSPECTION: Final = 46
"""Which suggestion is the model story of the 325 provincial road."""
LATE: Final = frozenset({4, 17})  # which answers came too late
DISSATISFIED: Final = frozenset({3, 9, 22, 31})
SILENT: Final = frozenset({7, 15, 27})
WRONG_UNIT: Final = frozenset({5, 28, 51})
UNCLEAR: Final = frozenset({6, 19, 44})
EXCLUDED: Final = frozenset({11, 38})

Plan = Callable[[date, Callable[[date], None]], None]


@dataclass(frozen=True)
class Idea:
    """Something a deputy asks for: what it is about, what is the case, what should be done, who did what."""

    topic: str
    title: str
    situation: str
    proposal: str
    unit: str
    answer: str


IDEAS: Final = (
    Idea(
        "道路破损",
        "修补村组道路破损路面",
        "村组之间的连接路有多处坑洼，农忙时大车多，雨后积水看不见坑。",
        "请建设办摸清破损路段，列出修补计划，农忙前先修影响通行的路段。",
        "建设办",
        "已修补破损路面 620 平方米，其余 300 平方米列入下季度计划。",
    ),
    Idea(
        "路灯",
        "补齐背街小巷路灯",
        "主路有灯，巷子里没有，老人晚上看病、孩子下晚自习不方便。",
        "请城管办按户数和路长补装太阳能路灯，并明确谁来维护。",
        "城管办",
        "补装太阳能路灯 18 盏，由村里确定两名维护员。",
    ),
    Idea(
        "积水排水",
        "疏通主排水沟并加装盖板",
        "排水沟多年没有清淤，一场大雨就漫到路上，有的盖板已经断裂。",
        "请农业农村办汛期前清淤，更换断裂盖板，建立每季清一次的办法。",
        "农业农村办",
        "清淤 860 米，更换盖板 47 块，列入每季度管护。",
    ),
    Idea(
        "垃圾清运",
        "增加垃圾收集点和清运次数",
        "集市日垃圾成堆，桶少，清运车两天来一次。",
        "请城管办在集市周边增设收集点，集市日当天清运。",
        "城管办",
        "增设收集点 6 处，集市日下午加运一次。",
    ),
    Idea(
        "公厕旱厕",
        "改造老旧公厕",
        "老公厕没有水冲，没有无障碍设施，老人使用不便。",
        "请建设办纳入人居环境整治，同步做扶手和坡道。",
        "建设办",
        "已列入下半年改造项目，本季度完成设计。",
    ),
    Idea(
        "液化气",
        "规范沿街饭店液化气瓶存放",
        "部分饭店把气瓶放在灶间和人行道边，没有报警器。",
        "请应急办会同市场监管分局逐户检查，限期整改，开展一次集中培训。",
        "应急办",
        "检查 63 户，整改 21 户，安装报警器 58 只，培训一次。",
    ),
    Idea(
        "水体异味",
        "治理村后河道异味",
        "河水发黑，夏天味道重，沿河有散养户。",
        "请农业农村办查清直排口，清淤补水，种植水生植物。",
        "农业农村办",
        "封堵直排口 3 处，清淤 1.2 公里，补水后复测达标。",
    ),
    Idea(
        "停车充电",
        "增设电动车充电口",
        "小区充电口少，居民拉飞线，有安全隐患。",
        "请社会事务办协调物业和电力，在不占消防通道的地方增设充电口。",
        "社会事务办",
        "与产权单位商定增设 36 个充电口，已装 24 个。",
    ),
    Idea(
        "土地流转",
        "规范土地流转费支付",
        "有的承包方拖欠流转费，合同没有约定违约责任。",
        "请农业农村办推行统一合同和保证金，公布投诉电话。",
        "农业农村办",
        "统一合同文本已推行，本年度新签合同全部缴纳保证金。",
    ),
    Idea(
        "公交线路",
        "优化公交线路和站点",
        "到街道卫生院要走两里路才有车，末班车太早。",
        "请社会事务办与交通部门协商延伸线路，增设站点。",
        "社会事务办",
        "已报交通部门，答复纳入下一轮线路优化。",
    ),
    Idea(
        "绿化",
        "补植道路行道树",
        "道路拓宽后两侧没有树，夏天等车没有树荫。",
        "请城管办选适合本地的树种分批补植，落实养护。",
        "城管办",
        "补植行道树 210 棵，养护一年。",
    ),
    Idea(
        "犬只",
        "加强流浪犬收容管理",
        "几个村组流浪犬增多，学生上学路上害怕。",
        "请派出所会同村里集中收容，宣传依法养犬。",
        "派出所",
        "收容 23 只，办理犬证 61 本。",
    ),
)

ROADSIDE: Final = Idea(
    "其他",
    "整治325省道沿线环境",
    "视察时看到省道两边堆料、广告牌乱立，三处垃圾堆放点雨后污水流进农田。",
    "请城管办拆除违规广告牌、清理堆料，与公路养护单位商定保洁分工；超出街道职权的请向区里反映。",
    "城管办",
    "已拆除广告牌 36 块，清理堆料 9 处；路肩硬化和边沟属公路养护单位，街道已去函。",
)
REQUESTS: Final = (
    ("其他", "社会事务办", "希望增加一台健身器材"),
    ("其他", "社会事务办", "希望文化站周末开放"),
    ("噪声", "派出所", "反映夜间大车噪声"),
    ("其他", "社会事务办", "希望社区食堂多几个素菜"),
    ("停车充电", "城管办", "反映快递点占道"),
    ("其他", "农业农村办", "希望开办农机培训"),
    ("小广告", "城管办", "反映宣传栏内容陈旧"),
    ("低保医保", "社会事务办", "希望办理窗口中午不休息"),
    ("其他", "供水供气单位", "反映自来水压力偏低"),
    ("绿化", "城管办", "希望加一处休息座椅"),
)
OVERSIGHT: Final = (
    "对养犬管理立法的意见",
    "对电动自行车停放充电立法的意见",
    "对民生实事项目资金使用的监督意见",
    "对老旧小区改造质量的监督意见",
    "对农村人居环境长效管护的监督意见",
    "对325省道沿线环境整治的监督意见",
)


class Papers:
    """The deputies' papers of half a year; `HalfYear` asks it when and how each step is done."""

    def __init__(self, town: Town, calendar: WorkingCalendar) -> None:
        self.town, self.calendar, self.workplace = town, calendar, town.workplace
        self.chance = random.Random(20250311)  # noqa: S311  # a story, not a secret
        self.numbers: dict[str, int] = {}  # process instance -> which one of its kind it is
        self.ideas: dict[str, Idea] = {}
        self.tried: set[str] = set()

    def plan(self, working: list[date], on: Plan) -> None:
        """Spread them over the working days."""
        for kind, count in ((Kind.SUGGESTION, SUGGESTIONS), (Kind.OPINION, OPINIONS), (Kind.OVERSIGHT, LETTERS)):
            for number in range(count):
                day = working[min(number * len(working) // count, len(working) - 1)]
                on(day, lambda today, k=kind, n=number: self._put_forward(k, n, today))  # type: ignore[misc]

    def when(self, task: UserTask, day: date) -> date:
        """The day on which somebody gets round to a step."""
        number = self.numbers.get(task.instance_id, 0)
        if number == AFTER_THE_INSPECTION:
            return self.calendar.add_working_days(day, 3)
        if task.node_id == "handle":
            if number in LATE and task.due_on:
                return self.calendar.add_working_days(task.due_on, 3)
            wait = 2 if number in WRONG_UNIT and task.instance_id not in self.tried else self.chance.randrange(8, 45)
            meant = self.calendar.add_working_days(day, wait)
            return min(meant, self.calendar.working_days_before(task.due_on, 4)) if task.due_on else meant
        longest = {"examine": 3, "sign": 2, "sign_for": 2, "opinion": 9, "give_part": 12, "answer_note": 7}
        if task.node_id == "await_reply":
            return self.calendar.add_working_days(day, self.chance.randrange(15, 40))
        wait = self.chance.randrange(longest.get(task.node_id, 1) + 1)
        return self.calendar.add_working_days(day, wait) if wait else day

    def answer(self, task: UserTask) -> dict[str, Any] | None:
        """What is written into the form of a step; None leaves it alone."""
        number, idea = self.numbers[task.instance_id], self.ideas[task.instance_id]
        if task.node_id in ("examine", "write", "write_for"):
            return self._about_the_paper(task, number, idea)
        if task.node_id in ("hand_over", "handle", "opinion", "opinion_for"):
            return self._about_the_answer(task, number, idea)
        plain: dict[str, dict[str, Any]] = {
            "sign": {"agreed": number % 7 != 5, "note": ""},
            "sign_for": {"agreed": True, "note": "在代表工作站签名"},
            "give_part": {"part": "涉及本单位的部分已经安排，情况已告知主办单位。"},
            "check_answer": {"agreed": True, "public": True, "note": ""},
            "decide": {"word": "列入督办", "note": "超出街道职权，列入监督计划并向区人大常委会反映。"},
            "pass_on": {"unit": self.town.departments[idea.unit], "note": "请研究处理，十个工作日内回复。"},
            "answer_note": {"result_class": "已知悉" if number % 3 else "A", "answer": "已安排有关人员了解处理。"},
            "send_letter": {
                "addressee": "区人大常委会",
                "letter_no": f"陆人大工委〔{task.created_at:%Y}〕{number + 3}号",
            },
            "await_reply": {"outcome": "已复函", "text": "意见已收悉，列入年度立法、监督工作统筹考虑。"},
        }
        return plain.get(task.node_id)

    def _about_the_paper(self, task: UserTask, number: int, idea: Idea) -> dict[str, Any]:
        if task.node_id != "examine":
            return self._text(idea, [])
        unclear = number in UNCLEAR and task.instance_id not in self.tried
        self.tried.add(task.instance_id if unclear else "")
        excluded = "本人或亲属的个人事务" if number in EXCLUDED else "没有"
        note = "请补充具体地点。" if unclear else ""
        return {"excluded": excluded, "one_matter": True, "clear": not unclear, "note": note}

    def _about_the_answer(self, task: UserTask, number: int, idea: Idea) -> dict[str, Any] | None:
        first = task.instance_id not in self.tried
        if task.node_id == "hand_over":
            wrong = number in WRONG_UNIT and first
            unit = "综治中心" if wrong else idea.unit
            joint = [self.town.departments["市场监管分局"]] if number % 4 == 1 else []
            breadth = "涉及面广或难度大" if number % 8 == 2 else "一般"
            return {"unit": self.town.departments[unit], "joint": joint, "breadth": breadth, "note": "请按期办理。"}
        if task.node_id == "handle":
            if number in WRONG_UNIT and first:
                self.tried.add(task.instance_id)
                return {"decision": "退回", "return_reason": f"不属于本单位职责，建议交{idea.unit}。"}
            more = "" if first else "再次办理：已与代表一起到现场核对，剩余部分列出了完成时间。"
            result_class = "B" if idea is ROADSIDE else "AABCAD"[number % 6]
            given = {"result_class": result_class, "answer": more + idea.answer}
            return {"decision": "答复", "contacted": True, **given}
        if number in SILENT:
            return None
        if idea is ROADSIDE or (number in DISSATISFIED and first):
            self.tried.add(task.instance_id)
            return {"process": "满意", "result": "不满意", "comment": "还有一部分没有解决。"}
        result = self.chance.choice(["满意", "满意", "满意", "基本满意"])
        return {"process": "满意", "result": result, "comment": ""}

    def _put_forward(self, kind: Kind, number: int, day: date) -> None:
        """Somebody writes a paper and hands it in."""
        seat = self.town.deputies[(number * 5 + len(kind)) % len(self.town.deputies)]
        idea = self._idea(kind, number, seat)
        if kind is Kind.SUGGESTION and number == AFTER_THE_INSPECTION:
            idea = ROADSIDE
        writer = self.town.actor(seat.login or self._clerk_of(seat))
        others = [other for other in self.town.deputies if other.group_id == seat.group_id and other != seat]
        many = 2 if idea is ROADSIDE else (number + 1) % 3
        cosigners = self.chance.sample(others, many) if kind is Kind.SUGGESTION else []
        with self.workplace.unit_of_work(self.town.subdistrict_id) as session:
            source_kind, source_id = self._source(session, idea, number, day)
            paper, instance = actions.begin(
                self.workplace.engine,
                session,
                writer,
                kind=kind.value,
                lead_id=seat.person_id,
                source_kind=source_kind.value,
                source_id=source_id,
            )
            task = queries.writing_task(session, paper)
            user_tasks.complete(
                self.workplace.engine, session, writer, task_id=task.id, answer=self._text(idea, cosigners)
            )
        self.numbers[instance.id], self.ideas[instance.id] = NUMBERED_FROM[kind] + number, idea

    def _idea(self, kind: Kind, number: int, seat: DeputySeat) -> Idea:
        place = next(village.name for village in self.town.villages if village.id == seat.group_id)
        base = IDEAS[number % len(IDEAS)]
        if kind is Kind.SUGGESTION:
            title, situation = f"{base.title}（{place}）", f"{place}：{base.situation}"
        elif kind is Kind.OPINION:
            topic, unit, wish = REQUESTS[number % len(REQUESTS)]
            return Idea(topic, f"{place}群众{wish}", f"走访{place}时多位群众提到。", "请有关单位研究。", unit, "")
        else:
            title, situation = OVERSIGHT[number % len(OVERSIGHT)], "代表在视察和走访中了解到的情况和各方面的看法。"
        return Idea(base.topic, title, situation, base.proposal, base.unit, base.answer)

    def _source(self, session: Session, idea: Idea, number: int, day: date) -> tuple[Source, str | None]:
        """Where it was born: on an inspection, from a visit, or in the deputy's own head."""
        if idea is ROADSIDE:
            held = activities.activities_between(session, day - timedelta(days=200), day)
            seen = [each for each in held if "325省道" in each.title and each.source_key is None]
            return (Source.ACTIVITY, seen[-1].id) if seen else (Source.OWN, None)
        if number % 10 == 4:
            visits = search.find(session, self.town.clock_actor, idea.topic, limit=1).rows
            visits = visits or search.find(session, self.town.clock_actor, "建议", limit=1).rows
            return (Source.CASE, visits[0].case.id) if visits else (Source.OWN, None)
        return Source.OWN, None

    def _clerk_of(self, seat: DeputySeat) -> str:
        """Who writes for a deputy without an account: the clerk of the station."""
        place = [village.station_id for village in self.town.villages].index(seat.station_id)
        return f"station{place + 1}"

    @staticmethod
    def _text(idea: Idea, cosigners: list[DeputySeat]) -> dict[str, Any]:
        return {
            "title": idea.title[:60],
            "situation": idea.situation,
            "proposal": idea.proposal,
            "topic": idea.topic,
            "cosigners": [seat.person_id for seat in cosigners],
        }
