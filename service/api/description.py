"""The API's own description."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from service import auth
from service.api.operations import PREFIX, describe
from service.context import the_application

bp = Blueprint("api", __name__, url_prefix=PREFIX)


@bp.get("/openapi.json")
@auth.public
def openapi() -> ResponseReturnValue:
    return jsonify(describe(the_application()))
