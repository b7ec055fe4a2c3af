"""The only place where an error becomes a status, and a page or a JSON body."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

from service.auth import BadToken
from service.context import NotSignedIn
from service.language import translate as _
from service.security import CsrfFailed
from workflows.engine.runtime import ProcessFault
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, WorkError

logger = logging.getLogger(__name__)

HTTP_STATUS: dict[type[Exception], int] = {
    Invalid: 422,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    ProcessFault: 500,
    NotSignedIn: 401,
    BadToken: 401,
    CsrfFailed: 400,
}


@dataclass(frozen=True)
class Answer:
    """What a person or a program is told.

    Attributes:
        id: set when we must look into the log.
        path: the address that a program asked for, when that is what was wrong.
        allowed: the methods that this address takes, when it was asked with another one.
    """

    status: int
    message: str
    fields: dict[str, str]
    id: str = ""
    path: str = ""
    allowed: Sequence[str] = ()


def register(app: Flask) -> None:
    app.register_error_handler(Exception, handle)


def handle(error: Exception) -> ResponseReturnValue:
    """Every error that leaves a view."""
    if isinstance(error, HTTPException) and error.response is not None:
        return error.response
    if isinstance(error, SecurityError):  # not our host name: no address of ours can be built for a page
        return _("这个网址不是本系统的网址，请检查后重新输入。"), HTTPStatus.BAD_REQUEST
    if request.path.startswith("/api/"):
        return _as_json(_for_program(error))
    answer = answer_for(error)
    if isinstance(error, NotSignedIn) and request.method == "GET" and "HX-Request" not in request.headers:
        return redirect(url_for("session.sign_in", next=request.full_path.rstrip("?")), HTTPStatus.SEE_OTHER)
    return make_response(render_template("error.html", answer=answer), answer.status)


def answer_for(error: Exception) -> Answer:
    """The status and sentence of an error. What we did not foresee is logged under an id and told without detail."""
    for kind, status in HTTP_STATUS.items():
        if type(error) is kind or (kind is not ProcessFault and isinstance(error, kind)):
            fields = {key: _(text) for key, text in error.fields.items()} if isinstance(error, Invalid) else {}
            return Answer(status, sentence(error), fields)
    if isinstance(error, HTTPException):
        return Answer(error.code or 500, _http_sentence(error.code or 500), {})
    incident = secrets.token_hex(4)
    logger.error("error %s at %s %s", incident, request.method, request.path, exc_info=error)
    return Answer(
        500,
        _("系统出了问题，刚才的操作没有生效。请稍后再试；如果仍然不行，请把编号告诉管理员。"),
        {},
        incident,
    )


def _for_program(error: Exception) -> Answer:
    """As `answer_for`; an address that is none is told by path and methods, for there is no page to go back to."""
    path = request.path
    if isinstance(error, MethodNotAllowed):
        allowed = sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"})
        text = _("接口 {path} 不接受 {method}，请改用 {allowed}。").format(
            path=path, method=request.method, allowed=_("、").join(allowed)
        )
        return Answer(HTTPStatus.METHOD_NOT_ALLOWED, text, {}, path=path, allowed=allowed)
    if isinstance(error, HTTPException) and error.code == HTTPStatus.NOT_FOUND:
        text = _("没有 {path} 这个接口。全部接口见 /api/v1/openapi.json，请对照检查地址。").format(path=path)
        return Answer(HTTPStatus.NOT_FOUND, text, {}, path=path)
    return answer_for(error)


def sentence(error: Exception) -> str:
    """What to tell the person, in the language of this request."""
    if isinstance(error, WorkError):
        text = _(error.message)
        return text.format(**error.params) if error.params else text
    if isinstance(error, CsrfFailed):
        return _("页面已经过期，刚才的操作没有生效。请返回上一页，刷新后重新提交。")
    if isinstance(error, BadToken):
        return _("访问令牌无效或已过期，请换一个令牌。")
    return _("登录已过期，请重新登录。")


def _http_sentence(code: int) -> str:
    sentences = {
        404: _("没有这个页面。请检查网址，或者回到待办。"),
        405: _("这个网址不能这样使用，请从页面上的按钮操作。"),
        413: _("提交的内容太大。请减少文件后重新提交。"),
    }
    return sentences.get(code, _("这个请求无法处理，请返回上一页重试。"))


def _as_json(answer: Answer) -> ResponseReturnValue:
    body: dict[str, object] = {"message": answer.message}
    if answer.fields:
        body["fields"] = answer.fields
    if answer.id:
        body["id"] = answer.id
    if answer.path:
        body["path"] = answer.path
    if answer.allowed:
        body["allowed"] = list(answer.allowed)
    response = make_response(jsonify(error=body), answer.status)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if answer.allowed:
        response.headers["Allow"] = ", ".join(answer.allowed)
    return response
