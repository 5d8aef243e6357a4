"""``crawler backup`` and ``crawler restore``: a whole archive copied, checked, and brought back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crawler.cli.options import AsJson, ConfigPath, load, place, whole

if TYPE_CHECKING:
    from crawler.app.backup import Backup
    from crawler.model.backup import BackedUp
    from crawler.report.copying import CopyWatch


def backup(
    context: typer.Context,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET",
            parser=place("TARGET", "a backup, which is a folder,"),
            help="Folder of backups; each is a dated folder in it.",
        ),
    ],
    link: Annotated[
        bool,
        typer.Option("--link", help="Second names for the archive's own files, where TARGET is on its disk."),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Read unchanged files of the archive too: rot may keep size and time."),
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep", metavar="N", parser=whole(1), help="Then keep the newest N only.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Back up database and files, of one moment, also while a crawler runs.

    Files that the newest backup in TARGET has already are not copied again.  Exit code 1: a file that the
    database names is gone or altered, though the backup before may have it still; the rest is backed up, and no
    older backup is removed.
    """
    from crawler.cli.stop import do_to_end, leaving

    settings = load(context, config)
    from crawler.app.backup import Backup
    from crawler.report.copying import watcher
    from crawler.report.listing import print_json

    taking = Backup(config=settings, target=target.absolute(), link=link, verify=verify, keep=keep)

    def work() -> tuple[BackedUp, CopyWatch]:
        with leaving(lambda: _left(taking)), watcher(as_json=as_json) as watch:
            taking.observe = watch.observe
            return taking.run(), watch

    done, watch = do_to_end(work)
    if as_json:
        told = {"backup": done.path, **done.manifest, "pruned": list(done.pruned), "others": done.others}
        print_json(told, watch.out)
    else:
        _say(done, watch)
    raise typer.Exit(1 if done.missing or done.gone else 0)


def _left(taking: Backup) -> str:
    """What an interruption leaves."""
    if taking.made is not None:
        return f"{taking.made} is whole; the next backup removes what --keep has left to remove"
    return "no backup was made, and those that are there are as they were; the same command begins again"


def _say(done: BackedUp, watch: CopyWatch) -> None:
    from crawler.report.listing import print_plain
    from crawler.report.text import counted, safe, size

    counts = done.manifest["counts"]
    for path in done.missing:
        watch.say(f"crawler: not as the database has it: {path}")
    for path in done.gone:
        watch.say(f"crawler: not as the database has it, taken from the backup before: {path}")
    if done.missing or done.gone:
        watch.say("crawler: all else is backed up, no older backup was removed; `crawler verify` tells more")
    for name in done.pruned:
        watch.say(f"removed: {name}")
    if done.others:
        watch.say(f"crawler: {counted(done.others, 'backup')} there, not of this archive, stay")
    print_plain(
        safe(
            f"{done.path}: {_counted(counts)}, {counts['unchanged']} unchanged, {size(counts['copied_bytes'])} copied"
        ),
        watch.out,
    )


def restore(
    backed_up: Annotated[
        Path, typer.Argument(metavar="BACKUP", help="A dated folder that `crawler backup` made.")
    ],
    root: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET_ROOT",
            parser=place("TARGET_ROOT", "an archive, which is a folder,"),
            help="The archive's new root: empty, or not there.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Make an archive of a backup again; every file's digest is checked, and nothing is overwritten.

    Point [archive] root there, and [store] url at its crawler.db if that is set; a crawl goes on from there.
    Exit code 1: the backup is damaged, or was taken of an archive that lacked files; these are named.
    """
    from crawler.app.restore import restore as restored
    from crawler.cli.stop import do_to_end, leaving
    from crawler.report.copying import watcher
    from crawler.report.listing import print_json, print_plain
    from crawler.report.text import safe

    before = _is_archive(root)

    def work() -> tuple[dict[str, Any], CopyWatch]:
        with leaving(lambda: _unrestored(root, before=before)), watcher(as_json=as_json) as watch:
            return restored(backed_up.absolute(), root.absolute(), watch.observe), watch

    told, watch = do_to_end(work)
    if as_json:
        print_json({"restored": str(root.absolute()), **told}, watch.out)
    else:
        print_plain(safe(f"{root}: {_counted(told['counts'])}, as of {told['taken_at']}"), watch.out)
        for path in told["missing"]:
            watch.say(f"crawler: was missing when the backup was taken: {path}")
        if told["missing"]:
            watch.say("crawler: `crawler repair --apply` puts again what the raw archive has of them")
    raise typer.Exit(1 if told["missing"] else 0)


def _is_archive(root: Path) -> bool:
    from crawler.app.manifests import DATABASE

    return os.path.exists(root / DATABASE)  # noqa: PTH110 — False also of a name that is too long


def _unrestored(root: Path, *, before: bool) -> str:
    """What an interruption leaves: the folder gets its name when all of it is there."""
    if _is_archive(root) and not before:
        return f"{root} is restored, and whole"
    return f"nothing was restored, and {root} is as it was; the same command begins again"


def _counted(counts: dict[str, Any]) -> str:
    from crawler.report.text import counted

    return f"{counted(counts['articles'], 'article')}, {counted(counts['files'], 'file')}"
