"""What an API route takes and gives, said once: it checks the request and writes the OpenAPI description.

@bp.post("/user-tasks/<task_id>/complete")
@operation("Complete a user task", scope=SCOPE_WORK, body=Answer, gives=Instance)
def complete(task_id: str, body: Answer) -> Instance: ...
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema

from service import auth
from workflows.engine.form_fields import Field
from workflows.engine.forms import Form
from workflows.errors import Invalid, NotFound

PREFIX: Final = "/api/v1"
_OPERATION: Final = "luji_operation"
PACKAGE: Final = "application/zip"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DEPTH_LIMIT = 20  # an answer with rows has three levels
_LOCATION = "#/components/schemas/{model}"


class Model(BaseModel):
    """A body of the API. Unknown fields are refused, so that a misspelt one is not silently ignored."""

    model_config = {"extra": "forbid"}


@dataclass(frozen=True)
class Operation:
    summary: str
    scope: str
    gives: type[BaseModel]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    takes_package: bool = False
    status: int = 200


def operation(
    summary: str,
    *,
    scope: str,
    gives: type[BaseModel],
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    takes_package: bool = False,
    status: int = 200,
) -> Callable[[Callable[..., BaseModel]], Callable[..., ResponseReturnValue]]:
    """Declare a route. The view gets ``body`` and ``query`` as checked models and returns a model."""
    described = Operation(summary, scope, gives, body, query, takes_package, status)

    def declare(view: Callable[..., BaseModel]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def answer(**path: str) -> ResponseReturnValue:
            if not _storable(path):
                raise NotFound("没有这个网址，请检查编号。")
            arguments: dict[str, Any] = dict(path)
            if query is not None:
                arguments["query"] = _checked(query, request.args.to_dict())
            if body is not None:
                arguments["body"] = _checked(body, _body())
            if takes_package:
                arguments["package"] = request.get_data()
            return jsonify(view(**arguments).model_dump(mode="json")), status

        setattr(answer, _OPERATION, described)
        return auth.api_token(scope)(answer)

    return declare


def _body() -> object:
    """What was sent as JSON; None when it is none."""
    try:
        return request.get_json(silent=True)
    except RecursionError:  # brackets in brackets in brackets
        return None


def _storable(value: object) -> bool:
    """Whether all of it can be kept.

    PostgreSQL takes no NUL, half a surrogate pair is no character, and what reads an answer later follows its depth.
    """
    rest = [(value, 0)]
    while rest:
        each, depth = rest.pop()
        if depth > _DEPTH_LIMIT or (isinstance(each, str) and _UNSTORABLE.search(each)):
            return False
        if isinstance(each, dict):
            rest += [(part, depth + 1) for part in (*each.keys(), *each.values())]
        elif isinstance(each, list):
            rest += [(part, depth + 1) for part in each]
    return True


def _checked(model: type[BaseModel], value: object) -> BaseModel:
    """
    Raises:
        Invalid: the value does not fit; `fields` maps each place to a sentence.
    """
    if not _storable(value):
        raise Invalid("请求里有不能保存的字符（空字符，或不完整的 Unicode 字符），或者套得太深，请改正后再试。")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fields = {
            ".".join(str(part) for part in fault["loc"]) or "body": _SENTENCES.get(fault["type"], _ANY_OTHER)
            for fault in error.errors()
        }
        raise Invalid("请求的内容不符合接口说明，请对照 /api/v1/openapi.json 检查。", fields=fields) from error


def refuse_unknown(form: Form | None, answer: Mapping[str, Any]) -> None:
    """A form ignores what it does not ask for, as browsers send more than that; a program has misspelt something.

    Raises:
        Invalid: `fields` names everything that the form does not have.
    """
    unknown = list(_unknown(form.fields if form is not None else (), answer, ""))
    if unknown:
        raise Invalid("答案里有表单没有的项目，请对照 answer_schema 检查。", fields=dict.fromkeys(unknown, _NOT_ASKED))


def _unknown(fields: Sequence[Field], answer: Mapping[str, Any], prefix: str) -> Iterator[str]:
    asked = {field.key: field for field in fields if field.takes_answer}
    for key, value in answer.items():
        if key not in asked:
            yield f"{prefix}{key}"
        elif asked[key].has_rows and isinstance(value, list):
            for number, row in enumerate(value):
                if isinstance(row, dict):
                    yield from _unknown(asked[key].fields, row, f"{prefix}{key}.{number}.")


_NOT_ASKED = "接口没有这一项，请检查拼写。"
_SENTENCES = {
    "missing": "这一项必须提供。",
    "extra_forbidden": _NOT_ASKED,
    "model_type": "请求体应当是一个 JSON 对象。",
    "int_parsing": "这一项应当是整数。",
    "literal_error": "这一项不在允许的取值里。",
    "dict_type": "这一项应当是一个 JSON 对象。",
    "string_type": "这一项应当是文字。",
    "bool_parsing": "这一项应当是 true 或 false。",
    "greater_than_equal": "这个数太小。",
    "less_than_equal": "这个数太大。",
}
_ANY_OTHER = "这一项的值不合要求，请对照接口说明检查。"


def describe(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every declared route."""
    found = list(_operations(app))
    models = {m for _, _, _, o in found for m in (o.gives, o.body) if m is not None}
    _, schemas = models_json_schema([(m, "validation") for m in sorted(models, key=_name)], ref_template=_LOCATION)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, endpoint, described in found:
        paths.setdefault(path, {})[method] = _described(path, endpoint, described)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Luji API",
            "version": "1",
            "description": "Process instances, user tasks, cases and process definitions. "
            "Errors are `{error: {message, fields?, id?, path?, allowed?}}`; messages are Chinese sentences.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operations(app: Flask) -> Iterator[tuple[str, str, str, Operation]]:
    for rule in app.url_map.iter_rules():
        described = getattr(app.view_functions[rule.endpoint], _OPERATION, None)
        if described is not None:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield path, method.lower(), rule.endpoint, described


def _described(path: str, endpoint: str, described: Operation) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    if described.query is not None:
        for name, schema in described.query.model_json_schema()["properties"].items():
            parameters.append({"name": name, "in": "query", "required": False, "schema": schema})
    error = {"content": {"application/json": {"schema": {"$ref": _LOCATION.format(model="Error")}}}}
    documented: dict[str, Any] = {
        "operationId": endpoint.replace("api_", "").replace(".", "_"),
        "summary": described.summary,
        "description": f"Needs a token with the scope `{described.scope}`.",
        "parameters": parameters,
        "responses": {
            str(described.status): {"description": "Done", "content": _json_of(described.gives)},
            **{
                str(code): {"description": text, **error}
                for code, text in {
                    401: "No valid token",
                    403: "This token or person may not",
                    404: "No such thing, or none you may know of",
                    409: "Somebody else was first",
                    422: "What was sent does not fit",
                }.items()
            },
        },
    }
    if described.body is not None:
        documented["requestBody"] = {"required": True, "content": _json_of(described.body)}
    if described.takes_package:
        binary = {"schema": {"type": "string", "contentMediaType": PACKAGE}}
        documented["requestBody"] = {"required": True, "content": {PACKAGE: binary}}
    return documented


def _json_of(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _LOCATION.format(model=model.__name__)}}}


def _name(model: type[BaseModel]) -> str:
    return model.__name__


_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message"],
            "properties": {
                "message": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                "id": {"type": "string"},
                "path": {"type": "string", "description": "404 and 405: the address, when there is no such one"},
                "allowed": {"type": "array", "items": {"type": "string"}, "description": "405: what it takes"},
            },
        }
    },
}
