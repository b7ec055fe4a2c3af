"""Papers: a page made for A4 that a browser can print, and the same page as a PDF.

The PDF is made by WeasyPrint in a child process: its memory goes with it, a document that never ends is stopped, and
nothing outside the given text is read. Where its system libraries are missing the page itself is the answer.
"""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import make_response, render_template
from werkzeug.wrappers import Response

logger = logging.getLogger(__name__)

WALL_SECONDS = 60
NO_LIBRARIES = 3  # how the child ends when WeasyPrint can not be loaded
STYLE = Path(__file__).parent / "static" / "print.css"
_HOUSE = Path(__file__).parents[1]


class NoPdf(Exception):
    """This machine can not make PDFs, or this one took too long."""


def paper(template: str, name: str, *, as_pdf: bool, **facts: Any) -> Response:
    """A paper as a page or, when asked for and possible, as a PDF.

    Args:
        name: the file's name without ending; may be Chinese.
    """
    if as_pdf:
        try:
            return _download(to_pdf(render_template(template, **facts, fault=False)), f"{name}.pdf")
        except NoPdf:
            logger.warning("no PDF of %s", template, exc_info=True)
    return make_response(render_template(template, **facts, fault=as_pdf))


def to_pdf(html: str) -> bytes:
    """A paper as a PDF; see `printed`."""
    return printed(html)[0]


def printed(html: str) -> tuple[bytes, int]:
    """A paper as a PDF, and how many pages it has.

    Raises:
        NoPdf: WeasyPrint's system libraries are missing, or it took longer than a minute.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "service.pdf"],
            cwd=_HOUSE,
            input=html.encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NoPdf("took too long") from error
    if done.returncode != 0:
        raise NoPdf(done.stderr.decode(errors="replace")[-2000:])
    return done.stdout, int(done.stderr.rpartition(b"pages ")[2])


def _download(content: bytes, name: str) -> Response:
    response = make_response(content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f"attachment; filename=\"luji.pdf\"; filename*=UTF-8''{quote(name)}"
    return response
