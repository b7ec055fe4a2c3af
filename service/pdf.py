"""The child of `printing`: a page on standard input, its PDF on standard output, how many pages on standard error."""

import resource
import sys

from service.printing import NO_LIBRARIES, STYLE

try:
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher
except OSError:  # Pango is not installed
    sys.exit(NO_LIBRARIES)

CPU_SECONDS = 50
MEMORY_BYTES = 2 * 1024**3


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # A paper holds everything it needs: no address is opened, whatever somebody typed into it.
    fetcher = URLFetcher(allowed_protocols=("data",))
    page = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=fetcher)
    style = CSS(string=STYLE.read_text(), url_fetcher=fetcher)
    document = page.render(stylesheets=[style])
    sys.stdout.buffer.write(document.write_pdf())
    print(f"pages {len(document.pages)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
