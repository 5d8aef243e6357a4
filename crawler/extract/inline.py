"""The inside of one block: text with emphasis and links, as HTML and as plain text at once."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

#: Soft hyphens, zero-width spaces and word joiners: layout of one browser window, not text.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff\ufffc"))


@dataclass(frozen=True, slots=True)
class _Open:
    key: object
    tag: str
    start: str
    lasts: bool


@dataclass(slots=True)
class Inline:
    """Collects what a block says; the tags in it are balanced and never empty."""

    html: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    breaks: int = 0  #: line breaks since the last text
    _gap: bool = False
    _opened: list[_Open] = field(default_factory=list)
    _waiting: list[_Open] = field(default_factory=list)  #: opened, but without text so far

    def write(self, text: str) -> None:
        """Add text; runs of white space count as one space."""
        if not text.isascii():
            text = text.translate(_UNSEEN)
        words = " ".join(text.split())
        if not words:
            self._gap = self._gap or bool(text)
            return
        if self.plain and (self.breaks or self._gap or text[0].isspace()):
            self.html.append("<br>" if self.breaks else " ")
            self.plain.append(" ")
        self.html.extend(item.start for item in self._waiting)
        self._opened += self._waiting
        self._waiting = []
        self.html.append(html.escape(words, quote=False))
        self.plain.append(words)
        self.breaks, self._gap = 0, text[-1].isspace()

    def open(self, key: object, tag: str, start: str, *, lasts: bool = True) -> None:
        """Begin an element, named ``key``; the same tag twice is once.

        It ends with the block at the latest, unless it ``lasts``.
        """
        if all(item.tag != tag for item in (*self._opened, *self._waiting)):
            self._waiting.append(_Open(key, tag, start, lasts))

    def close(self, key: object) -> None:
        """End the element ``key``; elements begun after it go on."""
        self._waiting = [item for item in self._waiting if item.key is not key]
        place = next((n for n, item in enumerate(self._opened) if item.key is key), None)
        if place is None:
            return
        inner = self._opened[place:]
        self.html.extend(f"</{item.tag}>" for item in reversed(inner))
        del self._opened[place:]
        self._waiting = inner[1:] + self._waiting

    def line_break(self) -> None:
        """A line break, if text stands before and after it."""
        self.breaks += bool(self.plain)

    def end(self) -> tuple[str, str]:
        """The block's HTML and its plain text; both empty where there was none."""
        self.html.extend(f"</{item.tag}>" for item in reversed(self._opened))
        return "".join(self.html), "".join(self.plain)

    def fresh(self) -> Inline:
        """An empty run in which the elements that are open here go on."""
        return Inline(_waiting=[item for item in self._opened + self._waiting if item.lasts])
