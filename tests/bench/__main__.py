"""``make bench``: what a completed task costs, on SQLite and on PostgreSQL, in one run.

Figures are ratios inside one run wherever they can be: these machines are shared. Nothing here passes or fails.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests import servers
from tests.bench import measure
from tests.bench.site import Site


def main() -> int:
    """Measure both databases and print one JSON object per line, then a table."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="luji-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        rows.append(run("SQLite", home / "sqlite", f"sqlite:///{home / 'sqlite' / 'luji.sqlite3'}"))
        if servers.find_postgres() is None:
            print("PostgreSQL is not installed: NOT MEASURED", file=sys.stderr)
        else:
            data = home / "postgres"
            data.mkdir()
            with servers.postgres(data) as url:
                rows.append(run("PostgreSQL", home / "pg", f"{url}/postgres"))
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))
    for name in rows[0]:
        print(f"{name:<46}" + "".join(f"{row[name]!s:>16}" for row in rows))
    return 0


def run(name: str, home: Path, url: str) -> dict[str, object]:
    """All figures of one database."""
    began = time.monotonic()
    home.mkdir()
    site = Site(home, url)
    result: dict[str, object] = {"database": name}
    result["statements per completion over HTTP"] = measure.statements(site)
    result["bytes per 3-task instance"] = measure.bytes_per_instance(site)
    with site.serving() as client:
        http = measure.completion_ms(site, client)
        bare = measure.bare_ms(site)
        result["completion over HTTP, p50 ms"] = round(statistics.median(http), 2)
        result["bare transaction, p50 ms"] = round(statistics.median(bare), 2)
        result["completion / bare transaction"] = round(statistics.median(http) / statistics.median(bare), 2)
        result["completions per second, 8 clients"] = round(measure.throughput(site, clients=8), 1)
        few, many = measure.inbox_ms(site, client, 1_000), measure.inbox_ms(site, client, 100_000)
        result["inbox at 1,000 waiting, p50 ms"] = round(few, 2)
        result["inbox at 100,000 waiting, p50 ms"] = round(many, 2)
        result["inbox 100,000 / 1,000"] = round(many / few, 2)
    few, many = measure.sweep_ms(site, 100), measure.sweep_ms(site, 100_000)
    result["timer sweep at 100 waiting, p50 ms"] = round(few, 2)
    result["timer sweep at 100,000 waiting, p50 ms"] = round(many, 2)
    result["timer sweep 100,000 / 100"] = round(many / few, 2)
    result["seconds for all of this"] = round(time.monotonic() - began)
    site.close()
    return result


if __name__ == "__main__":
    sys.exit(main())
