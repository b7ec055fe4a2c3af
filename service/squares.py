"""QR codes as drawings of our own."""

import segno
from markupsafe import Markup


def square(address: str) -> Markup:
    """An address as a drawing without style attributes, which our pages may not have."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(border=2, omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn from our own address
