"""The static files: built once into a folder, named by their content, served as immutable."""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, abort, request

from app.web import icons, packs
from app.web.access import bare
from app.web.fonts import FONTS
from app.web.packs import THEMES

ROOT = Path(__file__).resolve().parents[2]
PACKS = tuple(packs.load())
# The public sheet is what a visitor loads; the second one belongs to forms, tables, charts and the back office.
PUBLIC = ("layers", "reset", "tokens", "base", "layout", "components", "forms", "deals", "pages", "utilities")
SIDE = ("side",)
APP = ("side", "tables", "charts", "app")
YEAR = 31_536_000
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


def minify(css: str) -> str:
    """Return the sheet without comments and needless white space."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,])\s*", r"\1", css)
    return css.replace(";}", "}").strip()


def public_sheet(pack: str, *, sidebar: bool = False) -> str:
    """Return what every page of a pack loads; sites with a sidebar have it in there."""
    layers = "".join(_css(name) for name in (*PUBLIC, *(SIDE if sidebar else ())))
    return minify(layers + (THEMES / pack / "static" / "pack.css").read_text("utf-8"))


def app_sheet(pack: str) -> str:
    """Return what forms, signed-in pages and the back office load besides."""
    own = THEMES / pack / "static" / "app.css"
    return minify("".join(_css(name) for name in APP) + (own.read_text("utf-8") if own.exists() else ""))


def _css(name: str) -> str:
    return (THEMES / "base" / "static" / "css" / f"{name}.css").read_text("utf-8")


def sources(node_modules: Path) -> dict[str, tuple[str, bytes]]:
    """Return everything that is served: name → (file name before hashing, content)."""
    found: dict[str, tuple[str, bytes]] = {}
    for pack in PACKS:
        found[f"css/{pack}"] = (f"portico-{pack}.css", public_sheet(pack).encode())
        found[f"css/{pack}-side"] = (f"portico-{pack}-side.css", public_sheet(pack, sidebar=True).encode())
        found[f"css/{pack}-app"] = (f"portico-{pack}-app.css", app_sheet(pack).encode())
    found["css/print"] = ("print.css", minify(_css("print")).encode())
    for script in sorted((THEMES / "base" / "static" / "js").glob("*.js")):
        found[f"js/{script.stem}"] = (script.name, script.read_bytes())
    found["js/htmx"] = ("htmx.js", (node_modules / "htmx.org" / "dist" / "htmx.min.js").read_bytes())
    found["icons"] = ("icons.svg", icons.sprite(node_modules / "lucide-static" / "icons").encode())
    for font in FONTS.values():
        for subset in font.subsets if font.package else ():
            path = node_modules / "@fontsource-variable" / font.package / "files" / font.file(subset)
            found[f"fonts/{font.file(subset)}"] = (font.file(subset), path.read_bytes())
    return found


def build(target: Path, *, node_modules: Path = ROOT / "node_modules") -> dict[str, str]:
    """Write hashed, pre-compressed files and `manifest.json` into the folder; return name → file name."""
    target.mkdir(parents=True, exist_ok=True)
    manifest = {}
    for name, (plain, content) in sources(node_modules).items():
        stem, dot, ending = plain.rpartition(".")
        hashed = f"{stem}-{hashlib.sha256(content).hexdigest()[:10]}{dot}{ending}"
        manifest[name] = hashed
        (target / hashed).write_bytes(content)
        if ending != "woff2":
            (target / f"{hashed}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    kept = {"manifest.json", *manifest.values(), *(f"{file}.gz" for file in manifest.values())}
    for stale in target.iterdir():
        if stale.name not in kept:
            stale.unlink()
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")
    return manifest


@dataclass(frozen=True, slots=True)
class Assets:
    """A built folder and where its files are found."""

    folder: Path
    manifest: dict[str, str]

    def url(self, name: str) -> str:
        """Return the address of a static file. Raises KeyError for a name that was not built."""
        return f"/static/{self.manifest[name]}"


def load(folder: Path) -> Assets:
    """Return the built files of a folder; builds them when nothing is there yet."""
    listing = folder / "manifest.json"
    manifest = json.loads(listing.read_text("utf-8")) if listing.exists() else build(folder)
    return Assets(folder, manifest)


def blueprint(assets: Assets) -> Blueprint:
    """Return the pages under /static: immutable, compressed where the reader takes it."""
    static = Blueprint("assets", __name__)
    known = frozenset(assets.manifest.values())

    @static.get("/static/<path:file>")
    @bare
    def serve(file: str) -> Response:
        if file not in known:
            abort(404)
        squeezed = not file.endswith(".woff2") and "gzip" in request.headers.get("Accept-Encoding", "")
        content = (assets.folder / (f"{file}.gz" if squeezed else file)).read_bytes()
        answer = Response(content, content_type=TYPES[Path(file).suffix])
        answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        answer.headers["Vary"] = "Accept-Encoding"
        if squeezed:
            answer.headers["Content-Encoding"] = "gzip"
        return answer

    return static
