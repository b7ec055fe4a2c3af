"""Evidence files, always as a download: nothing that was uploaded is ever drawn as part of a page."""

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from service import auth
from service.context import the_actor, the_workplace
from workflows.errors import NotFound
from workflows.people import rules
from workflows.storage import files

bp = Blueprint("files", __name__, url_prefix="/files")

VERIFIERS = (rules.STATION, rules.COMMITTEE, rules.VILLAGE, rules.DEPARTMENT, rules.PROCESS_ADMIN)


@bp.get("/<file_id>")
@auth.roles(*VERIFIERS)
def show(file_id: str) -> ResponseReturnValue:
    actor = the_actor()
    if actor.subdistrict_id is None:
        raise NotFound("没有这个文件。")
    stored = files.find(the_workplace().settings.home, actor.subdistrict_id, file_id)
    name = f"{file_id.rpartition('-')[0]}.{file_id.rpartition('-')[2]}"
    response = send_file(stored.path, stored.media_type, as_attachment=True, download_name=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
