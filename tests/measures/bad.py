"""Every kind of page that is not the article, in every frame, with what the feed announced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from crawler.model import Entry, Page
from tests.measures.announced import RELEASES, Announced
from tests.measures.frames import FRAMES, answered, paragraphs
from tests.measures.walls import KNOWN, UNSEEN, Wall

HOST = "https://wire.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A page, the entry whose link led there, and what it is."""

    kind: str
    language: str
    frame: str
    seen: bool  #: looked at while the gate was built
    entry: Entry
    page: Page
    again: tuple[Entry, Page] | None = None  #: of a template: the next item of the host


def entry(release: Announced, language: str, number: int = 1, **fields: str) -> Entry:
    """An item of a feed: title and lead, unless told otherwise."""
    values = {"title": release.title, "summary": release.lead, "language": language, **fields}
    return Entry(key=f"k{number}", position=0, source_link=f"{HOST}/release/{number}", **values)  # type: ignore[arg-type]


def _walled(wall: Wall, *, seen: bool) -> Iterator[Bad]:
    release = RELEASES.get(wall.language, RELEASES["en"])[0]
    title = wall.title.format(title=release.title)
    content = wall.content.format(title=release.title, lead=release.lead)
    for name, frame in FRAMES.items():
        page = answered(frame(wall.language, title, content).encode(), f"{HOST}/release/1")
        announced = entry(release, wall.language)
        yield Bad(kind=wall.kind, language=wall.language, frame=name, seen=seen, entry=announced, page=page)


def _others() -> Iterator[Bad]:
    """Another release, and the front page or a list in its place."""
    for language, (release, other) in RELEASES.items():
        for number, (name, frame) in enumerate(FRAMES.items()):
            content = paragraphs(other.title, other.text)
            page = answered(frame(language, other.title, content).encode(), f"{HOST}/release/1")
            announced = entry(release, language)
            common = {"language": language, "frame": name, "seen": number % 2 == 0}
            yield Bad(kind="wrong article", entry=announced, page=page, **common)  # type: ignore[arg-type]
            front = paragraphs(release.title, f"{release.lead}\n{other.title}\n{other.lead}\n{other.rest}")
            page = answered(frame(language, "Example Wire", front).encode(), f"{HOST}/release/1", f"{HOST}/")
            yield Bad(kind="wrong article", entry=announced, page=page, **common)  # type: ignore[arg-type]


def _cut() -> Iterator[Bad]:
    for number, (language, (release, _)) in enumerate(RELEASES.items()):
        for name, frame in FRAMES.items():
            url, common = f"{HOST}/release/1", {"language": language, "frame": name, "seen": number % 2 == 0}
            whole = "\n".join([release.text, *_more(release)])
            full = entry(release, language, content="".join(f"<p>{line}</p>" for line in whole.split("\n")))
            page = answered(
                frame(language, release.title, paragraphs(release.title, release.text)).encode(), url
            )
            yield Bad(kind="truncated", entry=full, page=page, **common)  # type: ignore[arg-type]
            markup = frame(language, release.title, paragraphs(release.title, whole)).encode()
            end = markup.find(release.rest.split("\n")[1].encode()) + 40
            page = answered(markup[:end], url)
            yield Bad(kind="truncated", entry=entry(release, language), page=page, **common)  # type: ignore[arg-type]
            teaser = paragraphs(release.title, f"{release.lead[:-1]} …\nRead more »")
            page = answered(frame(language, release.title, teaser).encode(), url)
            yield Bad(kind="truncated", entry=entry(release, language), page=page, **common)  # type: ignore[arg-type]


def _more(release: Announced) -> list[str]:
    """The release goes on at length."""
    return [f"{number}. {release.lead} {release.rest}".replace("\n", " ") for number in range(1, 4)]


TEMPLATES = {
    "en": "Welcome to the newsroom. All about reading lamps, plants, dividends and people: here you find our latest news, "
    "pictures and films for the press. Choose a year to see all releases of that year, or write to the press office.",
    "de": "Willkommen im Presseportal. Hier finden Sie alles über Leselampen, Werke, Dividende und Menschen, dazu Bilder und "
    "Filme für die Presse. Wählen Sie ein Jahr, um alle Meldungen dieses Jahres zu sehen.",
    "fr": "Bienvenue dans l'espace presse. Vous y trouverez nos lampes de lecture, l'usine, le dividende trimestriel, des "
    "images et des films pour la presse. Choisissez une année pour voir tous les communiqués.",
    "ja": "報道関係者向けのページへようこそ。読書灯の工場や四半期配当に関する最新の発表、写真や映像をご覧いただけます。年を選ぶと、"
    "その年のすべての発表が表示されます。取材のお申し込みは広報部までご連絡ください。",
}  # fmt: skip


def _templates() -> Iterator[Bad]:
    for number, (language, text) in enumerate(TEMPLATES.items()):
        first, second = RELEASES[language]
        for name, frame in FRAMES.items():
            pages = [
                answered(
                    frame(language, "Newsroom", paragraphs(release.title, text)).encode(),
                    f"{HOST}/release/{n}",
                )
                for n, release in enumerate((first, second), 1)
            ]
            yield Bad(
                kind="template repeat", language=language, frame=name, seen=number % 2 == 0,
                entry=entry(first, language), page=pages[0], again=(entry(second, language, 2), pages[1]),
            )  # fmt: skip


def pages() -> Iterable[Bad]:
    """All of them."""
    walls = [(wall, True) for wall in KNOWN] + [(wall, False) for wall in UNSEEN]
    return chain.from_iterable(
        [*(_walled(wall, seen=seen) for wall, seen in walls), _others(), _cut(), _templates()]
    )
