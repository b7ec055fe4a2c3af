"""Who runs a command: the account of the operating system, so that the books name somebody."""

import os
import pwd

from workflows.actor import Actor, the_console


def operator(subdistrict_id: str | None) -> Actor:
    """Whoever sits at the server, for one sub-district or the installation."""
    return the_console(subdistrict_id, _account())


def _account() -> str:
    """Not from the environment, which anybody may set; a container may know no name for its number."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
