"""The catalogue of text families a tenant may choose from.

Only families with tabular figures whose comma and point stay narrow are offered: amounts are set in them.
Files come from the npm packages `@fontsource-variable/*` and are copied when the static files are built.
"""

from collections.abc import Callable
from dataclasses import dataclass

LATIN = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212"
LATIN_EXT = "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113"
ARABIC = "U+0600-06FF,U+0750-077F,U+0870-08FF,U+200C-200E,U+2010-2011,U+FB50-FDFF,U+FE70-FEFC"
RANGES = {"latin": LATIN, "latin-ext": LATIN_EXT, "arabic": ARABIC}


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A family: how it is called, where its files are, and how it sits in a line."""

    label: str
    family: str
    generic: str
    package: str = ""
    weights: str = ""
    subsets: tuple[str, ...] = ("latin", "latin-ext")
    lift: str = ""

    @property
    def stack(self) -> str:
        """Return the value of `font-family`."""
        return f'"{self.family}",{self.generic}' if self.package else self.generic

    def file(self, subset: str) -> str:
        """Return the name of the subset's file within the package."""
        return f"{self.package}-{subset}-wght-normal.woff2"

    def faces(self, url: Callable[[str], str], only: str = "") -> str:
        """Return the `@font-face` rules (of one subset); `url` turns a static name into its address."""
        return "".join(
            f'@font-face{{font-family:"{self.family}";src:url({url("fonts/" + self.file(subset))}) format("woff2");'
            f"font-weight:{self.weights};font-display:swap;unicode-range:{RANGES[subset]}}}"
            for subset in (self.subsets if self.package else ())
            if only in ("", subset)
        )


FONTS: dict[str, Font] = {
    "system": Font(label="System", family="system-ui", generic="system-ui,sans-serif"),
    "instrument-sans": Font(
        label="Instrument Sans",
        family="Instrument Sans Variable",
        generic="sans-serif",
        package="instrument-sans",
        weights="400 700",
    ),
    # Its letters sit high in the line box; controls add the lift to their upper padding.
    "newsreader": Font(
        label="Newsreader",
        family="Newsreader Variable",
        generic="serif",
        package="newsreader",
        weights="200 800",
        lift=".2em",
    ),
    "readex-pro": Font(
        label="Readex Pro",
        family="Readex Pro Variable",
        generic="sans-serif",
        package="readex-pro",
        weights="160 700",
        subsets=("arabic", "latin"),
    ),
    "vazirmatn": Font(
        label="Vazirmatn",
        family="Vazirmatn Variable",
        generic="sans-serif",
        package="vazirmatn",
        weights="100 900",
        subsets=("arabic", "latin", "latin-ext"),
    ),
}

FALLBACK = FONTS["vazirmatn"]  # has Arabic
