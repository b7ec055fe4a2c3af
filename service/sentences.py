"""Words for what the engine writes down."""

from flask_babel import gettext as _


def history_sentences() -> dict[str, str]:
    """Kind of a history row -> what happened, as a timeline says it."""
    return {
        "started": _("发起"),
        "completed": _("完成"),
        "cancelled": _("撤销"),
        "timer_fired": _("到时提醒"),
        "decided": _("按规则判定"),
        "returned": _("退回"),
        "received": _("收到消息"),
        "retimed": _("重新计时"),
        "failed": _("出错"),
        "ended": _("结束"),
    }
