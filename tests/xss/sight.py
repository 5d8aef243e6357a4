"""What is done to a page that is looked at, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field

PLACE = "http://archive.example"

# Focus, hover, press, every event that any attribute listens to, and a click on every link; links into the web
# are the reader's own doing and are not followed.
TOUCH = """
new Promise(async done => {
  const web = /^(https?|mailto):$/i, all = root => [...root.querySelectorAll("*")];
  addEventListener("click", event => {
    const link = event.composedPath().find(node => node instanceof HTMLAnchorElement || node instanceof HTMLAreaElement);
    if (link && web.test(link.protocol)) event.preventDefault();
  }, true);
  const later = wait => new Promise(next => setTimeout(next, wait));
  for (const node of all(document)) {
    const told = [...node.attributes].map(each => each.name.toLowerCase());
    const named = told.filter(name => name.startsWith("on")).map(name => name.slice(2));
    for (const kind of new Set([...named, "pointerover", "mouseover", "mouseenter", "mousemove", "keydown"]))
      try { node.dispatchEvent(new Event(kind, {bubbles: true, cancelable: true})) } catch {}
    try { node.focus() } catch {}
    if (node instanceof HTMLDetailsElement) node.open = true;
  }
  await later(60);
  for (const node of all(document))
    try { node.click ? node.click() : node.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true})) } catch {}
  await later(40);
  const images = [...document.images].flatMap(image => [image.src, image.currentSrc]).map(source => source.split("#")[0]);
  done({elements: all(document).length, images});
})
"""


@dataclass(slots=True)
class Sight:
    """What a page did."""

    scripts: list[str] = field(default_factory=list)  #: calls of the canary, dialogs
    frames: list[str] = field(default_factory=list)  #: besides the page itself
    moves: list[str] = field(default_factory=list)  #: away from the page, by itself
    #: kind and address, besides the page itself
    requests: list[tuple[str, str]] = field(default_factory=list)
    images: frozenset[str] = frozenset()  #: addresses of its ``<img>``
    late: frozenset[str] = frozenset()  #: … and of the page before it
    elements: int = 0  #: of the page, when it was touched

    def strange(self) -> list[str]:
        """All that a quiet page would not do; it may load its images and the site's own style."""
        asked = [f"asks for {kind} {url}" for kind, url in self.requests if not self._may_ask(kind, url)]
        return [
            *(f"runs {each}" for each in self.scripts),
            *(f"frames {each}" for each in self.frames),
            *(f"moves to {each}" for each in self.moves),
            *asked,
        ]

    def _may_ask(self, kind: str, url: str) -> bool:
        return (kind == "Image" and url in self.images | self.late) or (
            kind == "Stylesheet" and url == f"{PLACE}/style.css"
        )
