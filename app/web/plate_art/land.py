"""Plates of land: survey lines, hills with turbines, panels, orchards, a dam."""

from itertools import pairwise
from math import exp, pi, sin
from random import Random

from app.web.plate_art.pen import HEIGHT, WIDTH, Pen, Point, n, polygon, polyline, smooth

STEP = 16
Grid = dict[Point, float]


def contour(random: Random) -> Pen:
    """Survey lines of an invented hillside, each fifth one heavier, with spot heights."""
    hills = [
        (random.uniform(0, WIDTH), random.uniform(0, HEIGHT), random.uniform(70, 180), random.uniform(0.5, 1.2))
        for _ in range(9)
    ]
    xs, ys = range(0, WIDTH + STEP, STEP), range(0, HEIGHT + STEP, STEP)
    grid: Grid = {
        (x, y): sum(a * exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * r * r)) for cx, cy, r, a in hills)
        for x in xs
        for y in ys
    }
    low, high = min(grid.values()), max(grid.values())
    pen = Pen()
    for k in range(1, 15):
        level = low + (high - low) * k / 15
        d = "".join(smooth(path) for path in _level_lines(grid, level))
        pen.line(d, width=1.75 if k % 5 == 0 else 1, opacity=0.9 if k % 5 == 0 else 0.6)
    tops = sorted(grid, key=lambda p: -grid[p])
    spots = [p for p in tops[::40] if 40 < p[0] < 600 and 40 < p[1] < 320][:3]
    pen.line("".join(f"M{n(x - 5)} {n(y)}h10M{n(x)} {n(y - 5)}v10" for x, y in spots), width=1.5)
    return pen


def _level_lines(grid: Grid, level: float) -> list[list[Point]]:
    """Return the lines of one height (marching squares), joined end to end."""
    links: dict[Point, list[Point]] = {}

    def cut(p: Point, q: Point) -> Point:
        share = (level - grid[p]) / (grid[q] - grid[p])
        return round(p[0] + (q[0] - p[0]) * share, 1), round(p[1] + (q[1] - p[1]) * share, 1)

    for x, y in grid:
        corners = [(x, y), (x + STEP, y), (x + STEP, y + STEP), (x, y + STEP)]
        if any(corner not in grid for corner in corners):
            continue
        edges = zip(corners, corners[1:] + corners[:1], strict=True)
        crossings = [cut(p, q) for p, q in edges if (grid[p] > level) != (grid[q] > level)]
        for a, b in zip(crossings[::2], crossings[1::2], strict=False):
            links.setdefault(a, []).append(b)
            links.setdefault(b, []).append(a)
    lines = []
    while links:
        line = _walk(links)
        if len(line) > 4:
            lines.append([*line[:-1:2], line[-1]])
    return lines


def _walk(links: dict[Point, list[Point]]) -> list[Point]:
    start = next((p for p, ends in links.items() if len(ends) == 1), next(iter(links)))
    line, here = [start], start
    while links.get(here):
        there = links[here].pop()
        links[there].remove(here)
        if not links[here]:
            del links[here]
        line.append(there)
        here = there
    if here in links and not links[here]:
        del links[here]
    return line


def _ridge(random: Random, base: float, height: float) -> list[Point]:
    a, b, c = (random.uniform(0, 2 * pi) for _ in range(3))
    return [
        (x, base - height * (0.55 + 0.3 * sin(x / 118 + a) + 0.15 * sin(x / 47 + b) + 0.06 * sin(x / 21 + c)))
        for x in range(-10, WIDTH + 30, 20)
    ]


def _hill(pen: Pen, ridge: list[Point], opacity: float) -> None:
    ground = f"L{WIDTH + 20} {HEIGHT + 10}L-20 {HEIGHT + 10}Z"
    pen.paper(smooth(ridge) + ground, 1)
    pen.shade(smooth(ridge) + ground, opacity)


def turbines(random: Random) -> Pen:
    """Wind turbines on ridges, the far ones small and pale."""
    pen = Pen()
    for row, (base, height, scale, opacity) in enumerate(
        ((190, 70, 0.42, 0.05), (262, 80, 0.68, 0.1), (356, 92, 1, 0.16))
    ):
        ridge = _ridge(random, base, height)
        for k in range(4 - row):
            at = (k + random.uniform(0.25, 0.75)) * len(ridge) / (4 - row)
            x, y = ridge[min(int(at), len(ridge) - 1)]
            _turbine(pen, x, y + 6, 128 * scale, random.uniform(0, 2 * pi / 3))
        _hill(pen, ridge, opacity)
        pen.line(
            "".join(smooth([(x, y + 12 * k + 6) for x, y in ridge]) for k in range(1, 4)), opacity=0.14 + 0.07 * row
        )
    return pen


def _turbine(pen: Pen, x: float, foot: float, height: float, turn: float) -> None:
    hub = foot - height
    pen.shade(
        polygon([(x - height / 42, foot), (x - height / 90, hub), (x + height / 90, hub), (x + height / 42, foot)]), 0.9
    )
    for k in range(3):
        angle = turn + k * 2 * pi / 3
        dx, dy = sin(angle), -sin(angle + pi / 2)
        length, breadth = height * 0.56, height / 26
        pen.shade(
            polygon(
                [
                    (x, hub),
                    (x + dx * length * 0.25 - dy * breadth, hub + dy * length * 0.25 + dx * breadth),
                    (x + dx * length, hub + dy * length),
                ]
            ),
            0.9,
        )
    pen.shade(f"M{n(x - height / 36)} {n(hub)}a{n(height / 36)} {n(height / 36)} 0 1 0 {n(height / 18)} 0z", 1)


def array(random: Random) -> Pen:
    """A field of panels in perspective under a low sun."""
    pen, horizon = Pen(), 128
    sun = random.uniform(150, 490)
    for radius, opacity in ((58, 0.08), (40, 0.12), (24, 0.3)):
        pen.shade(f"M{n(sun - radius)} {horizon}a{radius} {radius} 0 0 1 {2 * radius} 0z", opacity)
    ridge = [(x, y) for x, y in _ridge(random, horizon + 6, 34)]
    pen.line(smooth(ridge), opacity=0.5)
    vanish = random.uniform(260, 380)
    rows = [horizon + 14 + 230 * (k / 6) ** 1.6 for k in range(7)]
    for y, below in pairwise(rows):
        top, bottom = y + (below - y) * 0.1, y + (below - y) * 0.74
        _panel_row(pen, random, vanish, horizon, top, bottom)
    pen.line(f"M0 {horizon}H{WIDTH}", width=1.5)
    return pen


def _panel_row(pen: Pen, random: Random, vanish: float, horizon: float, top: float, bottom: float) -> None:
    lines, lit = "", ""
    for k in range(-16, 17):
        corners = []
        for x, y in ((k, top), (k + 0.93, top), (k + 0.93, bottom), (k, bottom)):
            depth = (y - horizon) / 180
            corners.append((vanish + x * 118 * depth, y))
        if corners[1][0] < -20 or corners[0][0] > WIDTH + 20:
            continue
        lines += polygon(corners)
        if bottom - top > 14:
            (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
            lines += f"M{n((ax + dx) / 2)} {n((ay + dy) / 2)}L{n((bx + cx) / 2)} {n((by + cy) / 2)}"
            lines += f"M{n((ax + bx) / 2)} {n(ay)}L{n((cx + dx) / 2)} {n(cy)}"
        if random.random() < 0.3:
            lit += polygon(corners)
    near = min(1.0, (bottom - horizon) / 150)
    pen.shade(lit, 0.1 + 0.2 * near)
    pen.line(lines, opacity=0.25 + 0.6 * near)
    pen.line(f"M0 {n(bottom + (bottom - top) * 0.22)}H{WIDTH}", opacity=0.16)


def orchard(random: Random) -> Pen:
    """Rows of trees that run over a hill to the horizon."""
    pen = Pen()
    back = _ridge(random, 150, 60)
    _hill(pen, back, 0.05)
    front = _ridge(random, 196, 56)
    _hill(pen, front, 0.08)
    vanish = random.uniform(230, 410)
    for row in range(9):
        y = 176 + 180 * (row / 8) ** 1.7
        size = 3 + 21 * (row / 8) ** 1.4
        crowns, trunks, shaded, shadows = "", "", "", ""
        for k in range(-14, 15):
            x = vanish + (k + (row % 2) * 0.5) * size * 3.2
            if not -30 < x < WIDTH + 30:
                continue
            wide, tall = random.uniform(0.7, 0.9) * size, random.uniform(0.9, 1.15) * size
            trunks += f"M{n(x)} {n(y + size * 1.15)}v{n(-size)}"
            shadows += f"M{n(x - wide)} {n(y + size * 1.15)}h{n(2.4 * wide)}"
            below = f"{n(wide)} {n(wide * 0.6)} 0"
            crowns += f"M{n(x - wide)} {n(y)}a{n(wide)} {n(tall)} 0 1 1 {n(2 * wide)} 0a{below} 1 1 {n(-2 * wide)} 0z"
            shaded += f"M{n(x)} {n(y - tall)}a{n(wide)} {n(tall)} 0 0 1 {n(wide)} {n(tall)}"
            shaded += f"a{below} 0 1 {n(-wide)} {n(wide * 0.6)}z"
        pen.line(shadows, opacity=0.4)
        pen.line(trunks, width=1 + row / 8)
        pen.paper(crowns)
        pen.shade(crowns, 0.1)
        pen.shade(shaded, 0.25)
    return pen


def dam(random: Random) -> Pen:
    """An arch dam between two slopes, the lake behind it."""
    pen = Pen()
    _hill(pen, _ridge(random, 120, 74), 0.05)
    water = random.uniform(140, 150)
    pen.shade(polygon([(70, water), (570, water), (540, water + 40), (100, water + 40)]), 0.1)
    pen.line("".join(f"M{n(110 + 12 * k)} {n(water + 5 + 6 * k)}H{n(530 - 22 * k)}" for k in range(4)), opacity=0.5)
    crest = [(96 + 64 * k, 168 + 15 * sin(pi * k / 7)) for k in range(8)]
    foot = [(214 + 31 * k, 330 + 12 * sin(pi * k / 7)) for k in range(8)]
    wall = polygon([*crest, *reversed(foot)])
    pen.paper(wall, 1.5)
    pen.shade(wall, 0.1)
    for k in range(1, 9):
        share = k / 9
        pen.line(
            smooth(
                [(c[0] + (f[0] - c[0]) * share, c[1] + (f[1] - c[1]) * share) for c, f in zip(crest, foot, strict=True)]
            ),
            opacity=0.45,
        )
    pen.line(
        "".join(f"M{n(c[0])} {n(c[1])}L{n(f[0])} {n(f[1])}" for c, f in zip(crest, foot, strict=True)), opacity=0.7
    )
    pen.line(polyline([(x, y - 7) for x, y in crest]), width=2.5)
    for side in (0, 1):
        slope: list[Point] = [(-20, 96), (60, 132), (100, 168), (150, 236), (206, 318), (226, 380), (-20, 380)]
        shape = polygon(_mirrored(slope) if side else slope)
        pen.paper(shape)
        pen.shade(shape, 0.16)
        for k in range(1, 6):
            line = [(x - 16 * k, y + 9 * k) for x, y in slope[:6]]
            pen.line(smooth(_mirrored(line) if side else line), opacity=0.35)
    pen.shade("M300 338c8-26 32-26 40 0l6 30h-52z", 0.5)
    return pen


def _mirrored(points: list[Point]) -> list[Point]:
    return [(WIDTH - x, y) for x, y in points]
