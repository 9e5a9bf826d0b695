"""Plates of things thought out: a laboratory plate, a lattice of tokens, a ledger of holdings, a plan of a machine."""

from math import cos, exp, pi, sin
from random import Random

from app.web.plate_art.pen import HEIGHT, WIDTH, Pen, Point, box, n, polygon, smooth


def _disc(x: float, y: float, radius: float) -> str:
    arc = f"a{n(radius)} {n(radius)} 0 1 0"
    return f"M{n(x - radius)} {n(y)}{arc} {n(2 * radius)} 0{arc} {n(-2 * radius)} 0z"


def lab(random: Random) -> Pen:
    """A plate of 96 wells, each as full as its reading, and the curves that came of it."""
    pen = Pen()
    pen.paper("M54 40H370L382 52V300H54Z", 1.5)
    pen.shade("M54 40H370L382 52V300H54Z", 0.05)
    hot = [(random.uniform(0, 11), random.uniform(0, 7)) for _ in range(3)]
    rims = ""
    for column in range(12):
        for row in range(8):
            x, y = 80 + column * 25.2, 68 + row * 29.2
            reading = sum(exp(-((column - a) ** 2 + (row - b) ** 2) / 7) for a, b in hot) + random.uniform(0, 0.16)
            rims += _disc(x, y, 10)
            pen.shade(_disc(x, y, 10), min(0.9, 0.04 + 0.8 * round(reading, 1)))
    pen.line(rims, opacity=0.8)
    pen.line("M424 300H606M424 300V60", width=1.5)
    pen.line("".join(f"M424 {300 - 48 * k}H606" for k in range(1, 5)), opacity=0.25)
    for k in range(4):
        middle, height = random.uniform(470, 560), random.uniform(120, 205)
        curve: list[Point] = [(x, 298 - height / (1 + exp(-(x - middle) / 15))) for x in range(424, 608, 8)]
        pen.line(smooth(curve), width=2.25 if k == 0 else 1.25, opacity=1 if k == 0 else 0.55)
    return pen


def lattice(random: Random) -> Pen:
    """A lattice of cubes seen from the corner: blocks, each standing on those before it."""
    pen, size = Pen(), 52.0
    dx, dy = size * cos(pi / 6), size * sin(pi / 6)
    heights = {(i, j): random.choice((0, 0, 1, 1, 2, 3)) for i in range(-4, 14) for j in range(-4, 14)}
    for i, j in sorted(heights, key=sum):
        x, y = WIDTH / 2 + (i - j) * dx, -60 + (i + j) * dy
        if -dx < x < WIDTH + dx and -2 * dy < y < HEIGHT + 2 * size:
            _column(pen, x, y, dx, dy, size * 0.6 * heights[i, j], solid=random.random() < 0.07)
    return pen


def _column(pen: Pen, x: float, y: float, dx: float, dy: float, height: float, *, solid: bool) -> None:
    top = polygon([(x, y - height), (x + dx, y + dy - height), (x, y + 2 * dy - height), (x - dx, y + dy - height)])
    if height:
        left = polygon([(x - dx, y + dy - height), (x, y + 2 * dy - height), (x, y + 2 * dy), (x - dx, y + dy)])
        right = polygon([(x + dx, y + dy - height), (x, y + 2 * dy - height), (x, y + 2 * dy), (x + dx, y + dy)])
        pen.paper(left + right)
        pen.shade(left, 0.1)
        pen.shade(right, 0.24)
    pen.paper(top)
    if solid:
        pen.shade(top, 0.75)


def ledger(random: Random) -> Pen:
    """A fund as bands of years: each holding a stroke from when it was bought to when it was sold."""
    pen = Pen()
    pen.line("".join(f"M{40 + 70 * k} 34V326" for k in range(9)), opacity=0.22)
    for row in range(15):
        y = 42 + row * 19
        start = 40 + random.uniform(0, 330) * row / 15
        length = random.uniform(90, 300)
        end = min(start + length, 600)
        held = box(start, y, end - start, 11)
        pen.paper(held)
        pen.shade(held, random.choice((0.08, 0.14, 0.22)))
        called = box(start, y, (end - start) * random.uniform(0.2, 0.85), 11)
        pen.shade(called, random.choice((0.3, 0.5, 0.8)))
        if end < 600:
            pen.shade(_disc(end, y + 5.5, 3.5), 1)
    pen.line("M40 326H600", width=1.5)
    return pen


def orrery(random: Random) -> Pen:
    """Wheels within wheels: orbits, their bodies, and the marks of a dial."""
    pen, cx, cy = Pen(), random.uniform(270, 370), 186.0
    for k, radius in enumerate((34, 62, 96, 138, 188, 246, 312)):
        pen.line(_disc(cx, cy, radius), opacity=0.75 - 0.07 * k)
        angle = random.uniform(0, 2 * pi)
        x, y = cx + radius * cos(angle), cy + radius * sin(angle)
        body = random.choice((5, 7, 9, 12))
        pen.paper(_disc(x, y, body), 1.5)
        pen.shade(_disc(x, y, body), random.choice((0.2, 0.5, 0.9)))
        if random.random() < 0.4:
            pen.line(_disc(x, y, body + 7), opacity=0.6)
    ticks = ""
    for k in range(72):
        angle, long = k * pi / 36, 12 if k % 6 == 0 else 6
        ticks += (
            f"M{n(cx + 152 * cos(angle))} {n(cy + 152 * sin(angle))}"
            f"L{n(cx + (152 + long) * cos(angle))} {n(cy + (152 + long) * sin(angle))}"
        )
    pen.line(ticks, opacity=0.7)
    pen.shade(_disc(cx, cy, 15), 0.9)
    pen.line(_disc(cx, cy, 21))
    return pen
