"""Evidence files as downloads: what was uploaded is drawn in a page only as a small picture of our own making."""

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from service import auth
from service.context import the_actor, the_workplace
from workflows.cases import record
from workflows.errors import NotFound
from workflows.filings import queries as filings
from workflows.people import rules
from workflows.storage import files
from workflows.storage.files import StoredFile

bp = Blueprint("files", __name__, url_prefix="/files")

VERIFIERS = (rules.STATION, rules.COMMITTEE, rules.VILLAGE, rules.DEPARTMENT, rules.PROCESS_ADMIN)


@bp.get("/<file_id>")
@auth.roles(*VERIFIERS)
def show(file_id: str) -> ResponseReturnValue:
    stored = _stored(file_id)
    name = f"{file_id.rpartition('-')[0]}.{file_id.rpartition('-')[2]}"
    return sandboxed(send_file(stored.path, stored.media_type, as_attachment=True, download_name=name))


@bp.get("/<file_id>/thumbnail")
@auth.roles(*VERIFIERS)
def thumbnail(file_id: str) -> ResponseReturnValue:
    response = Response(files.thumbnail(_stored(file_id)), mimetype=files.MEDIA_TYPES["jpg"])
    response.headers["Cache-Control"] = "private, max-age=3600"
    return sandboxed(response)


def _stored(file_id: str) -> StoredFile:
    """
    Raises:
        NotFound: no such file, or one of something that this person may not see (which of the two is not told).
    """
    actor, workplace = the_actor(), the_workplace()
    if actor.subdistrict_id is None:
        raise NotFound("没有这个文件。")
    with workplace.reading(actor.subdistrict_id) as session:
        seen = record.may_see_file(session, actor, file_id) and filings.may_see_file(session, actor, file_id)
        if not seen:
            raise NotFound("没有这个文件。")
    return files.find(workplace.settings.home, actor.subdistrict_id, file_id)


def sandboxed(response: Response) -> Response:
    """Whatever is in the file, no browser runs it with our pages' rights."""
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
