"""A pen that gathers paths of one colour: lines, shades of it, and solid parts."""

from dataclasses import dataclass, field
from itertools import pairwise

WIDTH, HEIGHT = 640, 360
Point = tuple[float, float]


def n(x: float) -> str:
    """Return a coordinate as short as it can be written."""
    return f"{x:.1f}".rstrip("0").rstrip(".") if abs(x) >= 0.05 else "0"


def polygon(points: list[Point]) -> str:
    """Return a closed path."""
    return "M" + "L".join(f"{n(x)} {n(y)}" for x, y in points) + "Z"


def polyline(points: list[Point]) -> str:
    """Return an open path."""
    return "M" + "L".join(f"{n(x)} {n(y)}" for x, y in points)


def box(x: float, y: float, width: float, height: float) -> str:
    """Return a rectangle's path."""
    return f"M{n(x)} {n(y)}h{n(width)}v{n(height)}h{n(-width)}z"


def smooth(points: list[Point], closed: bool = False) -> str:
    """Return a soft curve that passes the middle of each two neighbours."""
    if len(points) < 3:
        return polyline(points)
    ring = [*points, points[0], points[1]] if closed else points
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(ring)]
    start = middles[0] if closed else points[0]
    path = [f"M{n(start[0])} {n(start[1])}"]
    for corner, middle in zip(ring[1:], middles[1:], strict=False):
        path.append(f"Q{n(corner[0])} {n(corner[1])} {n(middle[0])} {n(middle[1])}")
    if not closed:
        path.append(f"L{n(points[-1][0])} {n(points[-1][1])}")
    return "".join(path) + ("Z" if closed else "")


@dataclass(slots=True)
class Pen:
    """What has been drawn so far; later parts lie over earlier ones."""

    parts: list[str] = field(default_factory=list)

    def line(self, d: str, width: float = 1, opacity: float = 1) -> None:
        """Draw an outline."""
        if d:
            self.parts.append(f'<path d="{d}"{_attr("stroke-width", width, 1)}{_attr("opacity", opacity, 1)}/>')

    def shade(self, d: str, opacity: float) -> None:
        """Fill without outline."""
        if d:
            self.parts.append(f'<path d="{d}" fill="currentColor" stroke="none" opacity="{opacity:g}"/>')

    def paper(self, d: str, width: float = 1) -> None:
        """Draw an outline that hides what lies behind it."""
        self.parts.append(f'<path d="{d}" fill="var(--plate,#fff)"{_attr("stroke-width", width, 1)}/>')

    def svg(self) -> str:
        """Return the drawing as a document whose group `p` is taken over by a page."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" color="#666">'
            '<g id="p" fill="none" stroke="currentColor" stroke-linejoin="round" stroke-linecap="round">'
            f"{''.join(self.parts)}</g></svg>"
        )


def _attr(name: str, value: float, usual: float) -> str:
    return "" if value == usual else f' {name}="{value:g}"'
