"""The icons of the product: our names and the drawings of the lucide set they stand for, gathered into one sprite."""

import re
from pathlib import Path

ICONS: dict[str, str] = {
    "alert": "triangle-alert",
    "archive": "archive",
    "arrow": "arrow-right",
    "arrow-back": "arrow-left",
    "bank": "landmark",
    "bell": "bell",
    "bookmark": "bookmark",
    "calendar": "calendar",
    "camera": "camera",
    "chart": "chart-line",
    "check": "check",
    "check-circle": "circle-check",
    "chevron": "chevron-down",
    "clock": "clock",
    "close": "x",
    "coins": "coins",
    "copy": "copy",
    "dark": "moon",
    "dashboard": "layout-dashboard",
    "deal": "briefcase-business",
    "deals": "text-align-start",
    "document": "file-text",
    "download": "download",
    "edit": "pencil",
    "external": "external-link",
    "eye": "eye",
    "features": "toggle-right",
    "filter": "sliders-horizontal",
    "flag": "flag",
    "globe": "globe",
    "health": "heart-pulse",
    "help": "circle-help",
    "history": "history",
    "image": "image",
    "inbox": "inbox",
    "info": "info",
    "invest": "hand-coins",
    "jobs": "list-checks",
    "key": "key-round",
    "ledger": "book-open-text",
    "light": "sun",
    "link": "link",
    "lock": "lock",
    "mail": "mail",
    "menu": "menu",
    "message": "message-square",
    "mode": "sun-moon",
    "money": "banknote",
    "more": "ellipsis",
    "people": "users",
    "person": "user",
    "pin": "map-pin",
    "plus": "plus",
    "portfolio": "chart-pie",
    "receipt": "receipt-text",
    "refresh": "rotate-cw",
    "refuse": "ban",
    "review": "clipboard-check",
    "scale": "scale",
    "search": "search",
    "send": "send",
    "settings": "settings",
    "shield": "shield-check",
    "sign-in": "log-in",
    "sign-out": "log-out",
    "site": "building-2",
    "star": "star",
    "tag": "tag",
    "token": "hexagon",
    "trash": "trash-2",
    "upload": "upload",
    "vault": "vault",
    "wallet": "wallet",
}

# Brand marks drawn for the sites that bring no logo of their own, in a box of 28 by 28.
MARKS: dict[str, str] = {
    "ridge": '<path d="M2 24L11 4l6 13 3-6 6 13"/><path d="M6 24h16"/>',
    "seal": '<path d="M5 6h18L5 22h18" stroke-width="1.5"/><path d="M3 3h22v22H3z" stroke-width="1"/>',
    "crescent": (
        '<path d="M14 2c1.5 7 5 10.5 12 12-7 1.5-10.5 5-12 12-1.5-7-5-10.5-12-12 7-1.5 10.5-5 12-12z" '
        'stroke-width="1.5"/>'
    ),
    "arch": '<path d="M4 25V14a10 10 0 0 1 20 0v11M10 25V14a4 4 0 0 1 8 0v11"/>',
    "portico": '<path d="M3 11L14 3l11 8M5 11v14M23 11v14M9.5 14v11M14 14v11M18.5 14v11M2 25h24" stroke-width="1.75"/>',
}


def sprite(icons: Path) -> str:
    """Return one SVG whose symbols are our icons and marks, drawn from the folder of lucide files."""
    symbols = [_symbol(name, (icons / f"{drawing}.svg").read_text("utf-8")) for name, drawing in ICONS.items()]
    pen = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"'
    symbols += [f'<symbol id="mark-{name}" viewBox="0 0 28 28" {pen}>{body}</symbol>' for name, body in MARKS.items()]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def favicon(mark: str, colour: str) -> str:
    """Return a site's mark in its colour, as the browser's tab shows it."""
    body = MARKS.get(mark, MARKS["portico"])
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 30 30" fill="none" '
        f'stroke="{colour}" stroke-width="2.5" stroke-linejoin="round">{body}</svg>'
    )


def _symbol(name: str, source: str) -> str:
    body = re.search(r"<svg[^>]*>(.*)</svg>", source, re.S)
    if body is None:
        raise ValueError(name)
    drawing = re.sub(r"\s*\n\s*", "", body[1])
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'
