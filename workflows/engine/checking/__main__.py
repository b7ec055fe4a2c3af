"""The child of `sandbox`: a package on standard input, its faults on standard output."""

import json
import sys
import traceback
from dataclasses import astuple

from workflows.engine.checking import sandbox
from workflows.engine.checking.package_check import judge

TOO_MUCH = 1


def main() -> int:
    """Limits first. Tells apart a package that is too much from checks that are broken."""
    sandbox.limit_this_process()
    package, words = sandbox.from_plain(json.load(sys.stdin))
    try:
        faults = judge(package, words)
    except (MemoryError, RecursionError):
        return TOO_MUCH
    except Exception:  # whatever it is, the parent must hear of it
        traceback.print_exc()
        return sandbox.BROKEN
    json.dump([astuple(fault) for fault in faults], sys.stdout)
    return 0


sys.exit(main())
