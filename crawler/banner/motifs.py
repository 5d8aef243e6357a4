"""The motifs of ``art.py``: each fills a card of 1200 × 630 with a few shapes of SVG.

``dice`` gives numbers from 0 up to 1 and makes the variations; ``accent`` is the topic's light colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

WIDTH, HEIGHT = 1200, 630  #: pixels: the size in which social cards are shown

Dice = Iterator[float]
Motif = Callable[[Dice, str], Iterable[str]]
Points = Iterable[tuple[float, float]]


def between(dice: Dice, low: int, high: int) -> int:
    """A whole number from ``low`` up to ``high``."""
    return low + int(next(dice) * (high - low))


def _circle(x: float, y: float, radius: float, fill: str, opacity: float) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{fill}" fill-opacity="{opacity:.2g}"/>'


def _rect(box: tuple[float, float, float, float], fill: str, opacity: float, corner: int = 0) -> str:
    x, y, width, height = (round(part) for part in box)
    rounded = f' rx="{corner}"' if corner else ""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}"{rounded} '
        f'fill="{fill}" fill-opacity="{opacity:.2g}"/>'
    )


def _polygon(points: Points, fill: str, opacity: float) -> str:
    return f'<polygon points="{_joined(points)}" fill="{fill}" fill-opacity="{opacity:.2g}"/>'


def _line(path: str, colour: str, opacity: float, width: int) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-opacity="{opacity:.2g}" '
        f'stroke-width="{width}" stroke-linejoin="round"/>'
    )


def _joined(points: Points) -> str:
    return " ".join(f"{round(x)},{round(y)}" for x, y in points)


def _ring(x: float, y: float, radius: float, turn: float) -> Points:
    """The corners of a hexagon."""
    angles = (turn + math.pi * corner / 3 for corner in range(6))
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def _shade(chance: float, accent: str, limit: float, low: float, range_: float) -> tuple[str, float]:
    """Accent for the lucky few, else white of some opacity."""
    return (accent, 0.85) if chance > limit else ("#fff", low + chance * range_)


def network(dice: Dice, accent: str) -> Iterator[str]:
    """Nodes and links: frontier technology."""
    nodes = [
        (60 + 155 * column + between(dice, 0, 90), 70 + 165 * row + between(dice, 0, 110))
        for column in range(7)
        for row in range(3)
    ]
    links = (
        f"M{x} {y}L{u} {v}"
        for i, (x, y) in enumerate(nodes)
        for u, v in nodes[i + 1 :]
        if math.hypot(x - u, y - v) < 220
    )
    yield _line("".join(links), "#fff", 0.28, 2)
    for i, (x, y) in enumerate(nodes):
        yield _circle(x, y, between(dice, 6, 17), accent if i % 4 == 0 else "#fff", 0.9)


def helix(dice: Dice, accent: str) -> Iterator[str]:
    """A double helix: biotechnology."""
    phase, tall = next(dice) * 6, between(dice, 120, 170)
    wave = [(x, tall * math.sin(x / 110 + phase)) for x in range(-20, 1240, 20)]
    yield _line("".join(f"M{x} {315 - y:.0f}V{315 + y:.0f}" for x, y in wave[::2]), "#fff", 0.35, 7)
    for sign, colour in ((1, "#fff"), (-1, accent)):
        yield _line("M" + _joined((x, 315 + sign * y) for x, y in wave), colour, 0.9, 13)


def pulse(dice: Dice, accent: str) -> Iterator[str]:
    """A heartbeat and a cross: health."""
    middle = between(dice, 420, 780)
    for radius in (90, 170, 250, 330):
        yield _circle(middle, 315, radius, "#fff", 0.07)
    yield f'<path d="M{middle + 90} 349h-56v56h-68v-56h-56v-68h56v-56h68v56h56z" fill="#fff"/>'
    beat = "h130l26-60 34 150 44-260 46 300 38-130h"
    yield _line(f"M{middle - 690} 315{beat}242M{middle + 130} 315{beat}700", accent, 1, 9)


def candles(dice: Dice, accent: str) -> Iterator[str]:
    """A rising chart: finance."""
    level = 430.0
    tops = []
    for x in range(70, 1180, 62):
        level = max(110.0, level - 40 + 50 * next(dice))
        tall = between(dice, 40, 130)
        fill = accent if next(dice) > 0.35 else "#fff"
        yield _rect((x + 13, level - 26, 4, tall + 52), fill, 1)
        yield _rect((x, level, 30, tall), fill, 1, 4)
        tops.append((x + 15, level - 50))
    yield _line("M" + _joined(tops), "#fff", 0.6, 4)


def sun(dice: Dice, accent: str) -> Iterator[str]:
    """A sun and its rays: energy."""
    x, y, turn = between(dice, 300, 900), between(dice, 240, 400), next(dice)
    for length, wide in ((1100, 0.075), (330, 0.05)):
        for angle in (turn + math.pi * step / 10 for step in range(20)):
            ends = [
                (x + length * math.cos(angle + side), y + length * math.sin(angle + side))
                for side in (-wide, wide)
            ]
            yield _polygon([(x, y), *ends], "#fff", 0.1)
    for radius, fill, opacity in ((190, accent, 0.25), (140, accent, 0.5), (95, "#fff", 0.95)):
        yield _circle(x, y, radius, fill, opacity)


def strata(dice: Dice, accent: str) -> Iterator[str]:
    """Layers of rock, one of them the vein: mining."""
    for layer in range(7):
        phase, tall, top = next(dice) * 6, between(dice, 18, 48), 130 + layer * 76
        edge = [(x, top + tall * math.sin(x / 190 + phase)) for x in range(0, 1201, 60)]
        fill = accent if layer == 3 else "#fff" if layer % 2 else "#000"
        yield _polygon([*edge, (WIDTH, HEIGHT), (0, HEIGHT)], fill, 0.75 if layer == 3 else 0.13)
    for _ in range(9):
        x, y, size = between(dice, 60, 1140), between(dice, 450, 600), between(dice, 8, 20)
        yield _polygon(_ring(x, y, size, next(dice)), "#fff", 0.85)


def hexagons(dice: Dice, accent: str) -> Iterator[str]:
    """A comb of blocks: crypto."""
    yield f'<defs><polygon id="b" points="{_joined(_ring(0, 0, 84, math.pi / 6))}"/></defs>'
    for row in range(5):
        for column in range(8):
            x, y = 60 + column * 164 + (row % 2) * 82, 30 + row * 142
            fill, opacity = _shade(next(dice), accent, 0.86, 0, 0.3)
            yield f'<use href="#b" x="{x}" y="{y}" fill="{fill}" fill-opacity="{opacity:.2g}"/>'


def skyline(dice: Dice, accent: str) -> Iterator[str]:
    """Houses by night: real estate."""
    for opacity, low, high in ((0.12, 260, 520), (0.26, 150, 400)):
        x = -30
        while x < WIDTH:
            wide, tall = between(dice, 60, 130), between(dice, low, high)
            yield _rect((x, HEIGHT - tall, wide, tall), "#fff", opacity)
            x += wide + 12
    for _ in range(18):
        yield _rect((between(dice, 3, 56) * 21, between(dice, 15, 22) * 27, 13, 17), accent, 1)


def tiles(dice: Dice, accent: str) -> Iterator[str]:
    """Goods on a shelf: consumer."""
    for row in range(3):
        for column in range(6):
            box = (40 + column * 192, 42 + row * 188, 168, 168)
            shade = _shade(next(dice), accent, 0.8, 0.06, 0.28)
            yield _rect(box, *shade, between(dice, 12, 84))


def bars(dice: Dice, accent: str) -> Iterator[str]:
    """A sound: media."""
    phase = next(dice) * 6
    for step in range(40):
        swell = abs(math.sin(step / 5.2 + phase)) * (0.4 + 0.6 * next(dice))
        tall = 40 + 440 * swell
        yield _rect((14 + step * 30, 315 - tall / 2, 16, tall), "#fff" if step % 5 else accent, 0.8, 8)


def lanes(dice: Dice, accent: str) -> Iterator[str]:
    """A running track and a ball: sports."""
    x, y, angle = between(dice, -60, 160), between(dice, 560, 760), -0.3 - 0.5 * next(dice)
    for lane in range(9):
        radius = 180 + lane * 118
        arc = f"M{x - radius} {y}a{radius} {radius} 0 1 1 {2 * radius} 0"
        yield _line(arc, accent if lane == 4 else "#fff", 0.9 if lane == 4 else 0.4, 9 if lane == 4 else 5)
    yield _circle(x + 711 * math.cos(angle), y + 711 * math.sin(angle), 48, "#fff", 1)


def books(dice: Dice, accent: str) -> Iterator[str]:
    """A shelf of books: education."""
    x, bands = 40, ""
    while x < WIDTH - 80:
        wide, tall = between(dice, 34, 84), between(dice, 250, 450)
        yield _rect((x, 540 - tall, wide, tall), *_shade(next(dice), accent, 0.75, 0.15, 0.5), 5)
        bands += f"M{x + 8} {580 - tall}h{wide - 16}m0 14h{16 - wide}"
        x += wide + 8
    yield _line(bands, "#000", 0.35, 4)
    yield _rect((0, 540, WIDTH, 14), "#fff", 0.9)


def columns(dice: Dice, accent: str) -> Iterator[str]:
    """A portico: government."""
    x, wide = between(dice, 150, 380), 700
    yield _polygon([(x - 30, 230), (x + wide / 2, 90), (x + wide + 30, 230)], "#fff", 0.85)
    yield _circle(x + wide / 2, 180, 26, accent, 1)
    yield _rect((x - 14, 240, wide + 28, 20), "#fff", 0.7)
    for left in range(x + 45, x + wide - 25, 112):
        yield _rect((left - 8, 270, 66, 14), accent, 1)
        yield _line(f"M{left + 5} 290v220m20 0v-220m20 0v220", "#fff", 0.75, 15)
    for step in range(3):
        box = (x - 20 - step * 28, 516 + step * 24, wide + 40 + step * 56, 18)
        yield _rect(box, "#fff", 0.8 - step * 0.2)


def roads(dice: Dice, accent: str) -> Iterator[str]:
    """A road to the horizon: transport."""
    x, y = between(dice, 420, 780), between(dice, 190, 250)
    yield _circle(x, y - 10, between(dice, 90, 130), "#fff", 0.85)
    yield _rect((0, y, WIDTH, HEIGHT - y), "#000", 0.3)
    yield _line("".join(f"M{x} {y}L{x + lane * 300} 630" for lane in range(-7, 8)), "#fff", 0.22, 3)
    yield _polygon([(x - 8, y), (x + 8, y), (x + 430, HEIGHT), (x - 430, HEIGHT)], "#000", 0.35)
    for near, far in ((0.04, 0.1), (0.15, 0.24), (0.33, 0.48), (0.62, 0.9)):
        ends = ((near, -1), (near, 1), (far, 1), (far, -1))
        yield _polygon([(x + side * 16 * part, y + (HEIGHT - y) * part) for part, side in ends], accent, 1)


def petals(dice: Dice, accent: str) -> Iterator[str]:
    """Flowers of the field: food."""
    yield '<defs><g id="f">'
    for petal in range(8):
        fill, opacity = (accent, 0.6) if petal % 2 else ("#fff", 0.35)
        yield (
            f'<ellipse cy="-50" rx="20" ry="50" fill="{fill}" fill-opacity="{opacity}" '
            f'transform="rotate({petal * 45})"/>'
        )
    yield _circle(0, 0, 14, "#fff", 0.9) + "</g></defs>"
    for x, y, size in ((300, 330, 25), (820, 250, 19), (1080, 520, 15), (60, 90, 12), (600, 560, 11)):
        place = f"translate({x + between(dice, -50, 50)} {y}) rotate({between(dice, 0, 60)})"
        yield f'<use href="#f" transform="{place} scale({size / 10})"/>'


def chevrons(dice: Dice, accent: str) -> Iterator[str]:
    """Arrows ahead: business."""
    marked, depth = between(dice, 2, 6), between(dice, 150, 230)
    for step in range(9):
        x = -260 + step * 170
        fill, opacity = (accent, 0.85) if step == marked else ("#fff", 0.05 + 0.035 * step)
        right = [(x + 90, 0), (x + 90 + depth, 315), (x + 90, HEIGHT)]
        yield _polygon([(x, 0), *right, (x, HEIGHT), (x + depth, 315)], fill, opacity)
