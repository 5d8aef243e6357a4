"""The project's own banners, drawn as SVG text: a motif and colours for each topic, variations by number.

Used by ``scripts/draw-banners`` only; the drawn files are part of the project.  No randomness but a
digest's: the same topic and number give the same bytes on every machine.
"""

from __future__ import annotations

import colorsys
import hashlib

from crawler.banner import motifs

VARIATIONS = 3  #: banners of each topic

_MOTIFS: dict[str, tuple[int, motifs.Motif]] = {  # topic → hue in degrees, motif
    "frontier-tech": (222, motifs.network),
    "biotech": (168, motifs.helix),
    "health": (348, motifs.pulse),
    "finance": (148, motifs.candles),
    "energy": (14, motifs.sun),
    "mining": (4, motifs.strata),
    "crypto": (262, motifs.hexagons),
    "real-estate": (205, motifs.skyline),
    "consumer": (318, motifs.tiles),
    "media": (285, motifs.bars),
    "sports": (120, motifs.lanes),
    "education": (200, motifs.books),
    "government": (228, motifs.columns),
    "transport": (190, motifs.roads),
    "food": (78, motifs.petals),
    "business": (212, motifs.chevrons),
}


def all_banners() -> dict[str, str]:
    """File name → SVG text, of every topic and number."""
    return {
        f"{topic}-{number}.svg": draw(topic, number)
        for topic in _MOTIFS
        for number in range(1, VARIATIONS + 1)
    }


def draw(topic: str, number: int) -> str:
    """One banner, 1200 × 630; raises ``KeyError`` for a topic without a motif."""
    hue, motif = _MOTIFS[topic]
    dice = _dice(f"{topic}-{number}")
    tone = hue + (number - 1) * 10
    deep, bright, accent = _colour(tone, 0.17), _colour(tone + 20, 0.42), _colour(tone + 42, 0.70)
    start, end = (0, 1) if number % 2 else (1, 0)
    glow = f'cx="{motifs.between(dice, 250, 950)}" cy="{motifs.between(dice, 120, 500)}"'
    size = f'width="{motifs.WIDTH}" height="{motifs.HEIGHT}"'
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {motifs.WIDTH} {motifs.HEIGHT}" {size}>',
        f'<defs><linearGradient id="g" x1="{start}" y1="0" x2="{end}" y2="1"><stop stop-color="{deep}"/>'
        f'<stop offset="1" stop-color="{bright}"/></linearGradient><radialGradient id="h">'
        f'<stop stop-color="{accent}" stop-opacity=".45"/>'
        f'<stop offset="1" stop-color="{accent}" stop-opacity="0"/></radialGradient></defs>',
        f'<rect {size} fill="url(#g)"/>',
        f'<circle {glow} r="460" fill="url(#h)"/>',
        *motif(dice, accent),
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _dice(seed: str) -> motifs.Dice:
    """Numbers from 0 up to 1, the same for the same seed, without end."""
    block = seed.encode()
    while True:
        block = hashlib.sha256(block).digest()
        yield from (byte / 256 for byte in block)


def _colour(hue: float, lightness: float) -> str:
    parts = colorsys.hls_to_rgb(hue % 360 / 360, lightness, 0.66)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
