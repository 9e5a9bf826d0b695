"""From a tenant's one colour to accents whose contrast is proven.

Neutrals have fixed lightness in OKLCH, so their contrast hardly depends on the tenant. The accent is solved: keep hue
and chroma, move lightness from the brand's own until it reaches 5 : 1 on every background; if nothing fits, use ink.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, cbrt, cos, degrees, hypot, radians, sin

Rgb = tuple[float, float, float]
BACKGROUNDS = ("bg", "surface", "sunken")
LIGHT, DARK = 0, 1
WHITE: Rgb = (1.0, 1.0, 1.0)


def from_hex(text: str) -> Rgb:
    """Return the colour of `#rrggbb` as shares of one."""
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def to_hex(colour: Rgb) -> str:
    """Return `#rrggbb`."""
    return "#" + "".join(f"{round(min(1, max(0, c)) * 255):02x}" for c in colour)


def _linear(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def _gamma(c: float) -> float:
    return 12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055


def to_oklch(colour: Rgb) -> tuple[float, float, float]:
    """Return lightness 0 to 1, chroma, and hue in degrees."""
    r, g, b = map(_linear, colour)
    long, medium, short = (
        cbrt(x)
        for x in (
            0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
            0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
            0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
        )
    )
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    bb = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, hypot(a, bb), degrees(atan2(bb, a)) % 360


def _raw(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """Return an sRGB colour; chroma is lowered until the colour exists on every screen. Rounded as `#rrggbb` is."""
    while chroma > 0 and not all(-1e-4 <= c <= 1.0001 for c in _raw(lightness, chroma, hue)):
        chroma = max(0.0, chroma - 0.004)
    red, green, blue = (_gamma(min(1, max(0, c))) for c in _raw(lightness, chroma, hue))
    return from_hex(to_hex((red, green, blue)))


def luminance(colour: Rgb) -> float:
    """Return relative luminance as WCAG 2 defines it."""
    return sum(k * _linear(c) for k, c in zip((0.2126, 0.7152, 0.0722), colour, strict=True))


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the WCAG 2 contrast ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """Return `share` of one in the other; near enough to the sheet's own mixing to test soft backgrounds."""
    red, green, blue = (x * share + y * (1 - share) for x, y in zip(one, other, strict=True))
    return red, green, blue


def neutrals(tint: float, chroma: float) -> dict[str, tuple[Rgb, Rgb]]:
    """Return paper and ink for light and dark: the same numbers as tokens.css."""

    def at(lightness: float, strength: float) -> Rgb:
        return from_oklch(lightness, strength, tint)

    return {
        "bg": (at(0.984, chroma), at(0.17, chroma * 1.2)),
        "surface": (WHITE, at(0.205, chroma * 1.4)),
        "sunken": (at(0.96, chroma * 1.4), at(0.145, chroma * 1.2)),
        "ink": (at(0.21, 0.014), at(0.95, 0.006)),
        "ink-2": (at(0.44, 0.014), at(0.77, 0.012)),
        "edge": (at(0.6, 0.014), at(0.57, 0.014)),
    }


def _reads(mode: int, paper: dict[str, tuple[Rgb, Rgb]], need: float = 5.0) -> Callable[[Rgb], bool]:
    backs = [paper[name][mode] for name in BACKGROUNDS]
    surface = paper["surface"][mode]

    def reads(colour: Rgb) -> bool:
        return all(contrast(colour, back) >= need for back in backs) and (
            contrast(colour, mix(colour, surface, 0.12)) >= 4.5
        )

    return reads


def _steps(brand: Rgb, mode: int) -> Iterator[Rgb]:
    lightness, chroma, hue = to_oklch(brand)
    if mode == DARK:
        chroma = min(chroma, 0.13)
        candidates = [max(lightness, 0.72) + k * 0.005 for k in range(60)]
    else:
        candidates = [lightness - k * 0.005 for k in range(200)]
    return (from_oklch(at, chroma, hue) for at in candidates if 0 <= at <= 1)


@dataclass(frozen=True, slots=True)
class Accents:
    """The brand made legible: (light, dark) each, and the dark ground of a lead deal."""

    accent: tuple[Rgb, Rgb]
    on_accent: tuple[Rgb, Rgb]
    deep: Rgb


@lru_cache(maxsize=512)
def solve(brand: str, tint: float, chroma: float) -> Accents:
    """Return the accents for a brand `#rrggbb` on paper of that tint (degrees) and chroma."""
    paper, own = neutrals(tint, chroma), from_hex(brand)
    light, dark = (next(filter(_reads(mode, paper), _steps(own, mode)), paper["ink"][mode]) for mode in (LIGHT, DARK))
    on_light, on_dark = (max((WHITE, paper["ink"][LIGHT]), key=lambda t: contrast(t, c)) for c in (light, dark))
    _, strength, hue = to_oklch(own)
    return Accents((light, dark), (on_light, on_dark), from_oklch(0.26, min(strength, 0.06), hue))


@dataclass(frozen=True, slots=True)
class Pair:
    """One promise of legibility: what stands on what, in which mode, how well, and how well it must."""

    front: str
    back: str
    mode: str
    ratio: float
    need: float

    @property
    def kept(self) -> bool:
        """Tell whether the promise holds."""
        return self.ratio >= self.need


def pairs(brand: str, tint: float, chroma: float) -> list[Pair]:
    """Return every promised pair with its measured ratio, as the brand page shows them."""
    paper, solved = neutrals(tint, chroma), solve(brand, tint, chroma)
    found = []
    for mode, word in ((LIGHT, "light"), (DARK, "dark")):
        accent = solved.accent[mode]
        for back in BACKGROUNDS:
            ground = paper[back][mode]
            for front, need in (("ink", 12.0), ("ink-2", 4.5), ("edge", 3.0)):
                found.append(Pair(front, back, word, contrast(paper[front][mode], ground), need))
            found.append(Pair("accent", back, word, contrast(accent, ground), 4.5))
        found.append(Pair("on-accent", "accent", word, contrast(solved.on_accent[mode], accent), 4.5))
        soft = mix(accent, paper["surface"][mode], 0.09)
        found.append(Pair("accent", "soft", word, contrast(accent, soft), 4.5))
    for front, colour, need in (
        ("ink", paper["ink"][DARK], 7.0),
        ("ink-2", paper["ink-2"][DARK], 4.5),
        ("accent", solved.accent[DARK], 4.5),
    ):
        found.append(Pair(front, "deep", "dark", contrast(colour, solved.deep), need))
    return found
