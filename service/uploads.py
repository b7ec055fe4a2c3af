"""What a form sent, with its files stored: an answer names files by their ids."""

from contextlib import closing

from flask import request

from service.context import the_workplace
from workflows.actor import Actor
from workflows.errors import Invalid
from workflows.storage import files

Answer = dict[str, list[str]]


def typed() -> Answer:
    """Every value by name, without the files."""
    return request.form.to_dict(flat=False)


def has_files() -> bool:
    return any(upload.filename for uploads in request.files.listvalues() for upload in uploads)


def content(name: str, most: int) -> bytes:
    """One uploaded file that is read and not kept.

    Args:
        most: bytes; of a larger one the first byte too many is given, so that its reader can refuse it.
    """
    upload = request.files.get(name)
    if upload is None:
        return b""
    with closing(upload):
        return bytes(upload.read(most + 1))


def with_files(actor: Actor, answer: Answer) -> tuple[Answer, dict[str, str]]:
    """Store the files of this request and put their ids into the answer.

    Returns:
        the answer, and a sentence for each field with a file that was refused.
    """
    home, errors = the_workplace().settings.home, dict[str, str]()
    complete = {name: list(values) for name, values in answer.items()}
    for name, uploads in request.files.lists():
        for upload in uploads:
            if not upload.filename:
                continue
            try:
                stored = files.save(home, actor.subdistrict_id or "", upload.read(files.MAX_BYTES + 1))
            except Invalid as refusal:
                errors[name] = str(refusal)
            else:
                complete.setdefault(name, []).append(stored.id)
    return complete, errors
