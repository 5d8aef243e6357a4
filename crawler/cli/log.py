"""``crawler log``: the tamper-evident log of revisions, its heads and proofs."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.cli.options import AsJson, ConfigPath, load, output, source, whole, words

if TYPE_CHECKING:
    from crawler.config import Config
    from crawler.model import Head

Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key", metavar="PUBLIC", help="A public key that is believed; may be repeated.", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="PATH",
        parser=output,
        help="Write it there; -: to standard output.",
        show_default=False,
    ),
]

application = typer.Typer(
    help="The tamper-evident log of revisions: its state, heads, proofs.", invoke_without_command=True
)


@application.callback()
def state(context: typer.Context, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """The tamper-evident log of revisions; without a command its state: leaves, newest head, key."""
    if context.invoked_subcommand is not None:
        context.obj = config or context.obj
        return
    from crawler.app import proofs
    from crawler.cli.inspect import console
    from crawler.report import logbook
    from crawler.report.listing import show
    from crawler.report.text import safe

    found = asyncio.run(proofs.state(load(context, config)))
    show(logbook.state(found), console(), as_json=as_json, raw=found)
    if found["trouble"]:
        typer.echo(safe(f"crawler: {found['trouble']}"), err=True)
        raise typer.Exit(1)


@application.command(short_help="Make a key to sign heads with.")
def keygen(
    context: typer.Context,
    out: Out = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            "--origin",
            metavar="NAME",
            parser=words,
            help="The log's name: example.org/wires.",
            show_default=False,
        ),
    ] = None,
    config: ConfigPath = None,
) -> None:
    """Make a key to sign heads with; prints the public key, which is to be published.

    The secret goes into --out, readable for its owner alone and never within the archive; without --out it is
    printed, for a secret store.  Without --name the log is called as the site is.
    """
    from crawler.app import logkeeping, proofs

    if name is None or _is_configured(config or context.obj):
        settings = load(context, config)
        name, root = name or logkeeping.new_name(settings), settings.archive.root
    else:  # a key may be made where there is no archive
        root = None
    secret, public = proofs.generate(name, out, root)
    if out is None:
        typer.echo(secret)
        typer.echo(public, err=True)
    else:
        typer.echo(public)
        typer.echo(f'{out}: keep it secret, back it up, and name it: [log] key = "{out.resolve()}"', err=True)


def _is_configured(path: Path | None) -> bool:
    from crawler.config import find
    from crawler.errors import ConfigError

    try:
        return find(path).exists() or path is not None
    except ConfigError:
        return False


@application.command(short_help="Write a head over all leaves now.")
def head(
    context: typer.Context,
    sign: Annotated[bool, typer.Option("--sign", help="Fail where there is no key to sign with.")] = False,
    config: ConfigPath = None,
) -> None:
    """Write a head over all leaves now, and sign it; a run does so at its end.  Prints the checkpoint."""
    from crawler.cli.stop import run_to_end

    written = run_to_end(_headed(load(context, config), sign=sign))
    if written is None:
        typer.echo("crawler: the log is empty, so there is no head", err=True)
        raise typer.Exit(1)
    typer.echo(written.checkpoint, nl=False)


async def _headed(config: Config, *, sign: bool) -> Head | None:
    from crawler.app import proofs
    from crawler.cli.stop import leaving

    with leaving(lambda: "the same command writes a head, if none is written of all leaves"):
        return await proofs.write_head(config, sign=sign)


@application.command(short_help="The proof that a revision is in the log.")
def proof(
    context: typer.Context,
    article: Annotated[
        str, typer.Argument(metavar="ID", parser=words, help="Article number, its url, or its file's path.")
    ],
    revision: Annotated[
        int | None,
        typer.Option(
            "--revision", metavar="N", parser=whole(1), help="Default: the newest.", show_default=False
        ),
    ] = None,
    out: Out = None,
    config: ConfigPath = None,
) -> None:
    """The proof that a revision is in the log, as a small JSON that anybody can check."""
    from crawler.app import proofs
    from crawler.cli.inspect import key

    settings = load(context, config)
    made = asyncio.run(proofs.make(settings, key(article, settings), revision))
    if out is None:
        typer.echo(made.decode(), nl=False)
    else:
        proofs.write(out, made, settings.archive.root)


@application.command()
def check(
    path: Annotated[
        Path,
        typer.Argument(metavar="PROOF", parser=source, help="The proof, a JSON file; -: standard input."),
    ],
    key: Keys = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="PATH", help="Is this file what the log says?", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof; needs no archive.  Exit code 1: it does not hold, is not signed, or the file is another."""
    from crawler.app import proofs
    from crawler.cli.inspect import console
    from crawler.report import logbook
    from crawler.report.listing import print_json
    from crawler.report.text import safe

    found = proofs.check(path, key or [], file)
    if as_json:
        print_json(asdict(found), console())
    else:
        for line in logbook.checked(found):
            typer.echo(safe(line))
    raise typer.Exit(0 if found.whole else 1)


@application.command(short_help="Is an older head the beginning of today's log?")
def consistency(
    context: typer.Context,
    older: Annotated[
        Path,
        typer.Argument(
            metavar="OLD",
            parser=source,
            help="A checkpoint (or proof) that was published or kept earlier; -: standard input.",
        ),
    ],
    key: Keys = None,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Is an older head the beginning of today's log?  Exit code 1: history was rewritten."""
    from crawler.app import proofs
    from crawler.cli.inspect import console
    from crawler.report import logbook
    from crawler.report.listing import print_json
    from crawler.report.text import safe

    found = asyncio.run(proofs.compare(load(context, config), older, key or []))
    if as_json:
        print_json(asdict(found), console())
    else:
        for line in logbook.compared(found):
            typer.echo(safe(line))
    raise typer.Exit(0 if found.consistent and found.signatures != "forged" else 1)


@application.command(short_help="Does the whole log fit?  Changes nothing.")
def verify(
    context: typer.Context,
    files: Annotated[bool, typer.Option("--files", help="Also compare each article's file.")] = False,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Does everything fit: statements, rows, leaves, heads, signatures, log/?  Changes nothing; exit 1 if not.

    The same as `crawler verify --log`, and told as there.
    """
    from crawler.app.verifying import Wish
    from crawler.cli.stop import leave, run_to_end
    from crawler.cli.verify import verified

    wish = Wish(only=frozenset({"log"}), deep=files)
    raise typer.Exit(leave(run_to_end(verified(load(context, config), wish, as_json=as_json))))
