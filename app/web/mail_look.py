"""Mail in the look of a site: the same colours as its sheet, written out, because mail programs know no properties."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.web import colours
from app.web.fonts import FONTS
from app.web.theming import Site, page


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one mode, as `#rrggbb`."""

    bg: str
    surface: str
    ink: str
    quiet: str
    line: str
    accent: str
    on_accent: str


@dataclass(frozen=True, slots=True)
class MailLook:
    """What the mail layout needs besides the words."""

    light: Palette
    dark: Palette
    font: str
    weight: int
    radius: str
    url: str
    rows: Sequence[tuple[str, str]]


def message(
    site: Site,
    *,
    heading: str,
    paragraphs: Sequence[str],
    why: str,
    preview: str = "",
    action: str = "",
    url: str = "",
    rows: Sequence[tuple[str, str]] = (),
    template: str = "email/message.html",
) -> str:
    """Return the HTML of a mail in the site's look and the current language.

    `url` (absolute) and `action` are its one button; `why` says why it was sent. Keep amounts and gated names out.
    """
    return page(
        template,
        site=site,
        mail=mail_look(site, url=url, rows=rows),
        heading=heading,
        paragraphs=paragraphs,
        preview=preview or paragraphs[0],
        action=action,
        why=why,
    )


def mail_look(site: Site, *, url: str = "", rows: Sequence[tuple[str, str]] = ()) -> MailLook:
    """Return colours and type of the site's mail."""
    choices = site.branding
    light, dark = (_palette(choices.brand, choices.tint, choices.chroma, mode) for mode in (0, 1))
    font = FONTS[choices.font_head or choices.font_body]
    return MailLook(
        light=light,
        dark=dark,
        font=font.stack.replace('"', "'") + (",Helvetica,Arial,sans-serif" if font.generic != "serif" else ",Georgia"),
        weight={"modern": 700, "classic": 500, "minimal": 400}[choices.pack],
        radius="99px" if choices.pack == "minimal" else f"{choices.radius}px",
        url=url,
        rows=rows,
    )


def _palette(brand: str, tint: int, chroma: float, mode: int) -> Palette:
    paper, solved = colours.neutrals(tint, chroma), colours.solve(brand, tint, chroma)
    line = colours.from_oklch(0.895 if mode == 0 else 0.315, chroma * 1.5, tint)
    return Palette(
        bg=colours.to_hex(paper["bg"][mode]),
        surface=colours.to_hex(paper["surface"][mode]),
        ink=colours.to_hex(paper["ink"][mode]),
        quiet=colours.to_hex(paper["ink-2"][mode]),
        line=colours.to_hex(line),
        accent=colours.to_hex(solved.accent[mode]),
        on_accent=colours.to_hex(solved.on_accent[mode]),
    )
