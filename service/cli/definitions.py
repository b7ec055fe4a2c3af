"""Process packages on the command line: publish, export, import."""

from collections.abc import Callable
from pathlib import Path

import click

from service.cli.console import operator
from workflows.actor import Actor
from workflows.clock import beijing_date
from workflows.engine import definitions, packages
from workflows.engine.packages import Package
from workflows.errors import NotFound
from workflows.people import queries as people
from workflows.storage.session import EVERYWHERE
from workflows.wiring import Workplace

OpenWorkplace = Callable[[], Workplace]


def read_package(path: Path) -> Package:
    """A package from a folder or a zip file."""
    return packages.read_folder(path) if path.is_dir() else packages.read_zip(path.read_bytes())


def publisher(workplace: Workplace, subdistrict: str | None) -> Actor:
    """Whoever runs the command, for the installation or one sub-district of it by its code.

    Raises:
        NotFound: no sub-district of that code.
    """
    if subdistrict is None:
        return operator(None)
    with workplace.reading(EVERYWHERE) as session:
        found = people.subdistrict_by_code(session, subdistrict)
    if found is None:
        raise NotFound("没有代码为 {code} 的街道，请检查 --subdistrict。", code=subdistrict)
    return operator(found.id)


def publish_package(workplace: Workplace, package: Package, subdistrict: str | None, *, at_once: bool = False) -> str:
    """Publish and say in one line what is in force, and from when."""
    actor = publisher(workplace, subdistrict)
    with workplace.unit_of_work(actor.subdistrict_id) as session:
        definition = definitions.publish(
            workplace.engine, session, actor, package=package, shared=subdistrict is None, at_once=at_once
        )
        begins = f"自 {definition.effective_on} 起生效" if definition.effective_on else "已生效"
        return f"{definition.key} 第 {definition.version} 版{begins}：{definition.name}"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--subdistrict", help="code of the one sub-district that it is for; shared by all when left out")
@click.option("--at-once", is_flag=True, help="in force now, although the package waits for its next period")
@click.pass_obj
def publish(open_workplace: OpenWorkplace, paths: tuple[Path, ...], subdistrict: str | None, at_once: bool) -> None:
    """Check process packages (folders or zips) and put them in force, without a restart."""
    workplace = open_workplace()
    for path in paths:
        click.echo(publish_package(workplace, read_package(path), subdistrict, at_once=at_once))


@click.command("export-package")
@click.argument("key")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--subdistrict", help="code of the sub-district whose version is wanted; the shared one when left out")
@click.pass_obj
def export_package(open_workplace: OpenWorkplace, key: str, target: Path, subdistrict: str | None) -> None:
    """Write the version in force as a zip file. It holds no person, phone number or case."""
    workplace = open_workplace()
    actor = publisher(workplace, subdistrict)
    with workplace.reading(actor.subdistrict_id) as session:
        definition = definitions.latest(session, key, beijing_date(workplace.engine.clock()))
        package = definitions.package_of(session, definition.id)
    target.write_bytes(packages.write_zip(package))
    click.echo(f"已导出 {key} 第 {definition.version} 版：{target}")


@click.command("import-package")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--subdistrict", help="code of the one sub-district that it is for; shared by all when left out")
@click.pass_obj
def import_package(open_workplace: OpenWorkplace, source: Path, subdistrict: str | None) -> None:
    """Check a package file of another installation and put it in force here."""
    workplace = open_workplace()
    click.echo(publish_package(workplace, packages.read_zip(source.read_bytes()), subdistrict))
