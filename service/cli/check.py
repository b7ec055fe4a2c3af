"""`luji check`: what is wrong with packages and diagrams, before anybody publishes them. Needs no database."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from workflows import wiring
from workflows.engine import packages
from workflows.engine.checking import sandbox
from workflows.engine.checking.fault import Fault, Words, words_of
from workflows.engine.packages import MANIFEST, Package
from workflows.errors import Invalid

CHILDREN = 2


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Check diagrams (.bpmn, .dmn), packages (folders, zips) or whole trees of them.

    One JSON line for each; ends with 1 when any has faults.
    """
    words = known_words()
    sound = True
    with ThreadPoolExecutor(CHILDREN) as children:
        for path, faults in children.map(lambda path: (path, judge(path, words)), list(_units(paths))):
            click.echo(json.dumps(_line(path, faults), ensure_ascii=False))
            sound = sound and not faults
    sys.exit(0 if sound else 1)


def known_words() -> Words:
    """Everything that a diagram of this installation may name."""
    known = wiring.vocabulary()
    return words_of(known.groups, known.delegates, known.facts.fields, known.panels, known.choices, known.promises)


def judge(path: Path, words: Words) -> list[Fault]:
    """The faults of one package or stand-alone file."""
    try:
        package = _read(path)
    except Invalid as error:
        return [Fault(path.name, "", str(error))]
    return sandbox.judge(package, words)


def _read(path: Path) -> Package:
    if path.is_dir():
        return packages.read_folder(path)
    return packages.read_zip(path.read_bytes()) if path.suffix == ".zip" else packages.read_file(path)


def _units(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        yield from _below(path) if path.is_dir() else (path,)


def _below(folder: Path) -> Iterator[Path]:
    if (folder / MANIFEST).is_file():
        yield folder
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _below(path)
        elif path.suffix in (".bpmn", ".dmn", ".zip"):
            yield path


def _line(path: Path, faults: list[Fault]) -> dict[str, Any]:
    found = [{"element": fault.element, "message": fault.message} for fault in faults]
    return {"file": str(path), "ok": not faults, "faults": found}
