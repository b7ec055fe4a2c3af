"""Addresses of style sheets and scripts: our own files, and what Vite built from ``service/frontend``."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

STATIC = Path(__file__).parent / "static"
_MANIFEST = STATIC / "dist" / ".vite" / "manifest.json"
BUILD_COMMAND = "cd service/frontend && npm ci --ignore-scripts && npm run build"


class MissingAssets(Exception):
    """The front end was not built; the message holds the command that does."""


@dataclass(frozen=True)
class Assets:
    """Vite's manifest, read once.

    Attributes:
        manifest: entry -> what it was built into. Empty: pages are drawn without scripts, and work.
    """

    manifest: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """The address of a committed file of ``service/static``; changes when its content does."""
        if name not in self.versions:
            self.versions[name] = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
        return f"/static/{name}?v={self.versions[name]}"

    def tags(self, entry: str) -> Markup:
        """The ``<link>`` and ``<script>`` elements of an entry; nothing without a build."""
        if not self.manifest:
            return Markup()
        chunk = self.manifest[entry]
        chunks = [chunk, *self._imports(chunk, {entry})]
        styles = dict.fromkeys(style for part in chunks for style in part.get("css", ()))
        lines = [f'<link rel="stylesheet" href="/static/dist/{escape(style)}">' for style in styles]
        lines += [f'<link rel="modulepreload" href="/static/dist/{escape(part["file"])}">' for part in chunks[1:]]
        lines.append(f'<script type="module" src="/static/dist/{escape(chunk["file"])}"></script>')
        return Markup("\n".join(lines))  # noqa: S704 -- every part is escaped above

    def _imports(self, chunk: dict[str, Any], seen: set[str]) -> Iterator[dict[str, Any]]:
        for name in chunk.get("imports", ()):
            if name not in seen:
                seen.add(name)
                yield self.manifest[name]
                yield from self._imports(self.manifest[name], seen)


WITHOUT_SCRIPTS = Assets()
"""For tests of pages that need no browser: no build, no scripts."""


def built(manifest: Path = _MANIFEST) -> Assets:
    """
    Raises:
        MissingAssets: the front end was not built.
    """
    try:
        return Assets(json.loads(manifest.read_text()))
    except FileNotFoundError:
        raise MissingAssets(f"the front end is not built; run: {BUILD_COMMAND}") from None
