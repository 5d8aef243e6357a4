"""Where an article came from, as a tree: feed → polls → item → captures → revisions → files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from crawler import urls
from crawler.report.listing import print_plain
from crawler.report.text import counted, safe, size, word

Chain = Mapping[str, Any]


def print_chain(chain: Chain, console: Console) -> None:
    """A tree on a terminal, the same tree as plain indented lines in a pipe."""
    root = tree(chain)
    if console.is_terminal:
        console.print(root)
    else:
        _print_lines(root, console, 0)


def tree(chain: Chain) -> Tree:
    """The whole chain of one article."""
    article = chain["article"]
    root = Tree(_line(f"article {article['id']}", article["title"], style="bold"))
    _add_feed(root, chain)
    _add_item(root, chain)
    for capture in chain["captures"]:
        _add_capture(root, capture)
    for revision in chain["revisions"]:
        _add_revision(root, revision)
    for takedown in chain.get("takedowns", ()):
        _add_takedown(root, takedown)
    return root


def _add_takedown(root: Tree, takedown: Mapping[str, Any]) -> None:
    asked = f", requested by {takedown['requested_by']}" if takedown["requested_by"] else ""
    ended = "" if takedown["done_at"] else "; not finished: run `crawler takedown` for it again"
    branch = root.add(
        _line("taken down", f"{takedown['at']}, {takedown['reason']}{asked}{ended}", style="red")
    )
    removed = takedown["removed"]
    for file in removed["files"]:
        branch.add(_line(f"revision {file['revision']}", f"{size(file['size'])}, sha256 {file['sha256']}"))
    for record in removed["records"]:
        place = f"{record['path']}, offset {record['start']}, sha256 {record['sha256']}"
        branch.add(_line(f"raw {record['type']}", place))


def _add_feed(root: Tree, chain: Chain) -> None:
    feed = chain["feed"]
    branch = root.add(_line("feed", f"{feed['name']} ({feed['source']})"))
    branch.add(_line("address", urls.redacted(feed["url"])))
    for poll in chain["polls"]:
        at = branch.add(
            _line(
                f"poll {poll['id']}",
                f"{poll['feed']}, {poll['at']}, {poll['outcome']}, {size(poll['bytes'])}",
            )
        )
        if poll["sha256"]:
            at.add(_line("body sha256", poll["sha256"]))
        _add_fetches(at, poll["fetches"])


def _add_item(root: Tree, chain: Chain) -> None:
    item = chain["item"]
    branch = root.add(_line(f"feed item {item['id']}", item["title"] or "(no title)"))
    for name in ("key", "guid", "link", "source_link", "published_raw", "first_seen", "state"):
        if item.get(name):
            shown = urls.redacted(item[name]) if "link" in name else item[name]
            branch.add(_line(name.replace("_", " "), shown))
    for sighting in chain["sightings"]:
        last = f", last {sighting['last_seen']}" if sighting["last_seen"] else ", still there"
        seen = f"position {sighting['position']}, first {sighting['first_seen']}{last}"
        branch.add(_line(f"seen in {sighting['feed']}", seen))


def _add_capture(root: Tree, capture: Mapping[str, Any]) -> None:
    again = ", looked at again" if capture.get("stage") == "recheck" else ""
    branch = root.add(_line(f"capture {capture['id']}", f"{capture['at']}, {capture['outcome']}{again}"))
    if capture.get("error"):
        branch.add(_line(capture.get("error_kind") or "error", capture["error"], style="red"))
    _add_fetches(branch, capture["fetches"])


def _add_fetches(branch: Tree, fetches: list[Mapping[str, Any]]) -> None:
    for fetch in fetches:
        answer = fetch["error"] or f"{fetch['status']}, {size(fetch['bytes'])}"
        where = f"{urls.redacted(fetch['url'])} → {answer}, {fetch['seconds']:.3f} s, {fetch['peer'] or 'no peer'}"
        again = f", try {fetch['number']}" if fetch["number"] > 1 else ""
        redirect = f", redirect {fetch['hop']}" if fetch["hop"] else ""
        one = branch.add(_line(f"GET{again}{redirect}", where))
        if fetch.get("raw_file"):
            _add_raw(one, fetch)


def _add_raw(branch: Tree, fetch: Mapping[str, Any]) -> None:
    """Where the raw archive holds the answer, for any WARC tool to find it."""
    here = fetch.get("raw_on_disk", "")
    place = f"{fetch['raw_file']}, offset {fetch['raw_start']}, {fetch['raw_size']} bytes"
    told = f"{place}, body sha256 {fetch['raw_sha256']}{', ' if here else ''}{here}"
    one = branch.add(
        _line(
            f"raw {fetch['raw_type']}", told, style="" if here in {"", "intact", "taken down"} else "bold red"
        )
    )
    if fetch.get("raw_body_file"):
        one.add(_line("its body", f"{fetch['raw_body_file']}, offset {fetch['raw_body_start']}"))


def _add_revision(root: Tree, revision: Mapping[str, Any]) -> None:
    branch = root.add(
        _line(
            f"revision {revision['number']}",
            f"{revision['reason']}, from the {revision['origin']}, {revision['state']}",
            style="green",
        )
    )
    if revision.get("notice"):
        branch.add(_line("notice", revision["notice"], style="yellow"))
    _add_extraction(branch, revision["extraction"])
    fields = branch.add(_line("fields", "who won, by which rule, and who lost"))
    for field in revision["fields"]:
        _add_field(fields, field)
    for kind, file in revision["files"].items():
        here = file.get("on_disk", "")
        told = f"{file['path']}, {size(file['size'])}, sha256 {file['sha256']}{', ' if here else ''}{here}"
        branch.add(_line(kind, told, style="" if here in {"", "intact", "taken down"} else "bold red"))


def _add_field(fields: Tree, field: Mapping[str, Any]) -> None:
    by = (
        "" if field["source"] == field["field"] else f"{field['source']} — "
    )  # of a takedown that nobody asked for
    one = fields.add(_line(field["field"], f"{by}{field['rule']}"))
    if field.get("value"):
        one.add(_line("value", _short(field["value"])))
    if field.get("note"):
        one.add(_line("disagreement", field["note"], style="yellow"))
    for loser in field["losers"]:
        why = [loser["note"]] if loser.get("note") else []
        if loser["value"] == field.get("value"):
            why = ["the same", *(note for note in why if note.startswith("written"))]
        told = f" ({'; '.join(why)})" if why else ""
        one.add(_line(f"not {loser['source']}", f"{_short(loser['value'])}{told}", style="dim"))


def _add_extraction(branch: Tree, extraction: Mapping[str, Any]) -> None:
    one = branch.add(_line("extraction", f"{extraction['extractor']}, {extraction['at']}"))
    for name in ("page_url", "page_sha256", "title_from", "date_from"):
        if extraction.get(name):
            shown = urls.redacted(extraction[name]) if name == "page_url" else extraction[name]
            one.add(_line(name.replace("_", " "), shown))
    if extraction.get("charset"):
        one.add(_line("charset", f"{extraction['charset']} (by {extraction['charset_from']})"))
    _add_reading(one, extraction)
    if not extraction["ok"]:
        one.add(_line("not the article", ", ".join(extraction["reasons"]), style="red"))


def _add_reading(one: Tree, extraction: Mapping[str, Any]) -> None:
    """What read the page, and what was known of its host."""
    for name in ("body_from", "tools"):
        if extraction.get(name):
            one.add(_line(name.replace("_", " "), extraction[name]))
    ruled = extraction.get("ruled") or ()
    for words, done in zip(("host rule", "host rule found no"), ruled, strict=False):
        for part in done:
            one.add(_line(words, part, style="" if words == "host rule" else "yellow"))
    if extraction.get("frame_pages"):
        removed = extraction.get("removed") or []
        frame = one.add(
            _line("furniture", f"known of this host: {counted(extraction['frame_pages'], 'page')}")
        )
        for line in removed:
            frame.add(_line("taken out", f"{_short(line['text'])} ({line['reason']})", style="dim"))


def _short(value: object) -> str:
    text = safe(value)
    return text if len(text) <= 160 else text[:157] + "…"


def _line(name: str, value: object, *, style: str = "") -> Text:
    return Text.assemble((f"{safe(name)} ", "bold cyan"), (word(value), style))


def _print_lines(branch: Tree, console: Console, depth: int) -> None:
    assert isinstance(branch.label, Text)
    print_plain("  " * depth + branch.label.plain, console)
    for child in branch.children:
        _print_lines(child, console, depth + 1)
