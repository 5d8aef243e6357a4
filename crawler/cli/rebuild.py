"""``crawler rebuild``: a lost database from files and raw archive, lost files from database and raw archive."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.options import AsJson, ConfigPath, load

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.report.rebuilding import Watch


_PUT = "files that were put again are whole"
_NOT_WHOLE = "there is no whole database to add to; leave --missing away"
_WHOLE = (
    "the database is whole and is left as it is; --files puts files that are missing, --missing adds what the "
    "database lacks (as a restored backup), --anew tells all of it again and keeps this one aside"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be made again, and how."""

    database: bool
    files: bool
    missing: bool
    anew: bool
    as_json: bool


def rebuild(
    context: typer.Context,
    database: Annotated[
        bool, typer.Option("--database", help="Only the database, from the raw archive and the files.")
    ] = False,
    files: Annotated[
        bool, typer.Option("--files", help="Only files that are missing, from database and raw archive.")
    ] = False,
    missing: Annotated[
        bool,
        typer.Option("--missing", help="Add what a whole database lacks: a restored backup its last days."),
    ] = False,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="Tell everything again although there is a database; it is kept aside."),
    ] = False,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Make a lost or old database again, then files that are lost; nothing is fetched.

    A database that is whole is left alone without --missing or --anew.
    No file is overwritten.  Exit code 1: something cannot be had again.
    """
    from crawler.cli.stop import leave, run_to_end

    if missing and anew:
        raise typer.BadParameter("contradicts --missing", param_hint="--anew")
    if files and not database and (missing or anew):
        told = (
            "is of the database, which --files alone leaves as it is; give --database too, or leave it away"
        )
        raise typer.BadParameter(told, param_hint="--anew" if anew else "--missing")
    asked = Asked(
        database=database or not files,
        files=files or not database,
        missing=missing,
        anew=anew,
        as_json=as_json,
    )
    raise typer.Exit(leave(run_to_end(carried_out(load(context, config), asked))))


async def carried_out(config: Config, asked: Asked) -> int:
    """Do it and tell of it; the exit code."""
    from crawler.app import rebuilding
    from crawler.cli.stop import leaving
    from crawler.report.listing import print_json
    from crawler.report.rebuilding import watching

    told: dict[str, Any] = {}
    rebuilding.require_something(config)
    with (
        leaving(lambda: _left(told, asked)),
        watching(as_json=asked.as_json) as watch,
        rebuilding.locked(config),
    ):
        if asked.database:
            told["database"] = await _database(config, asked, watch)
        if asked.files:
            told["files"] = asdict(await rebuilding.files(config, watch.observe))
        _show(watch, told, asked)
        if asked.as_json:
            print_json(told, watch.out)
    return 1 if _troubles(told) else 0


def _left(told: dict[str, Any], asked: Asked) -> str:
    """What an interruption leaves: a database that is whole, and files that are."""
    if not asked.database:
        return f"{_PUT}; the same command puts the rest"
    if "database" not in told:
        return "the database is as it was, and nothing lies beside it; the same command begins again"
    again = f"; {_PUT}, and `crawler rebuild --files` puts the rest" if asked.files else ""
    return f"the database is whole ({'has what it lacked' if told['database']['added'] else 'told again'}){again}"


async def _database(config: Config, asked: Asked, watch: Watch) -> dict[str, Any]:
    from crawler.app import rebuilding
    from crawler.errors import StoreError

    if not asked.anew and asked.missing != rebuilding.can_be_added_to(config):
        raise StoreError(f"{config.database}: {_NOT_WHOLE if asked.missing else _WHOLE}")
    built = await rebuilding.database(config, watch.observe, anew=asked.anew)
    plain: dict[str, Any] = asdict(built)
    counts: dict[str, Any] = plain.pop("counts")
    return plain | counts


def _show(watch: Watch, told: dict[str, Any], asked: Asked) -> None:
    from crawler.report import rebuilding

    if asked.as_json:
        return
    if "database" in told:
        rebuilding.say_database(watch, told["database"])
    if "files" in told:
        rebuilding.say_files(watch, told["files"])
    if "database" in told:
        rebuilding.say_held(watch, told["database"])


def _troubles(told: dict[str, Any]) -> int:
    database, files = told.get("database", {}), told.get("files", {})
    return sum(
        len(found.get(name, ()))
        for found, names in ((database, ("damage", "unreadable", "held")), (files, ("other",)))
        for name in names
    ) + len(files.get("lost", ()))
