"""Words for what the engine writes down."""

from service.language import translate as _


def history_sentences() -> dict[str, str]:
    """Kind of a history row -> what happened, as a timeline says it."""
    return {
        "started": _("发起"),
        "completed": _("完成"),
        "cancelled": _("撤销"),
        "decided": _("按规则判定"),
        "event": _("触发"),
        "service": _("自动处理"),
        "passed": _("经过"),
        "retimed": _("重新计时"),
        "ended": _("结束"),
    }
