"""The child of `sandbox`: a package on standard input, its faults on standard output."""

import json
import sys
from dataclasses import astuple

from workflows.engine.checking import sandbox
from workflows.engine.checking.package_check import judge


def main() -> int:
    """Limits first. Any other exception leaves with its traceback, which the parent records."""
    sandbox.limit_this_process()
    try:
        faults = judge(*sandbox.from_plain(json.load(sys.stdin)))
    except (MemoryError, RecursionError):
        return sandbox.TOO_MUCH
    json.dump([astuple(fault) for fault in faults], sys.stdout)
    return 0


sys.exit(main())
