"""One sentence that outlives a redirect: "done", "draft kept". A cookie carries its name, never its text."""

from flask import request
from werkzeug.wrappers import Response

from service import security
from service.language import translate as _

_TAKEN = "luji.notice"


def leave(response: Response, name: str) -> Response:
    """Show the notice of this name on the next page."""
    security.set_preference_cookie(response, "notice", name, max_age=60)
    return response


def take() -> str:
    """The notice left by the request before, empty when there is none; shown once."""
    name = security.preference("notice")
    if name:
        request.environ[_TAKEN] = True
    return _sentences().get(name, "")


def forget_taken(response: Response) -> Response:
    if request.environ.get(_TAKEN):
        security.set_preference_cookie(response, "notice", "", max_age=0)
    return response


def _sentences() -> dict[str, str]:
    return {
        "completed": _("已提交。"),
        "draft_saved": _("草稿已保存，可以随时回来继续填写。"),
        "released": _("已退回本组，组内其他人可以领取。"),
        "started": _("已发起。"),
        "cancelled": _("流程已终止。"),
        "saved": _("已保存。"),
        "calendar_confirmed": _("放假安排已生效，未办结事项的期限已重新计算。"),
        "reminded": _("已提醒，对方会收到通知。"),
        "reminded_before": _("今天已经提醒过，或者这位代表没有账号，请打电话联系。"),
        "thanks": _("谢谢，您的评价已经记下。"),
    }
