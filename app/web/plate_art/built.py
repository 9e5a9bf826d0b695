"""Plates of things built: a street, a warehouse, a heat network, a ship."""

from random import Random

from app.web.plate_art.pen import HEIGHT, WIDTH, Pen, Point, box, n, polygon, smooth


def facade(random: Random) -> Pen:
    """A street of houses along a quay: gables, windows, some of them lit, and the water before them."""
    pen, x, quay = Pen(), -12.0, 304
    while x < WIDTH:
        width = random.choice((70, 84, 96, 110))
        _house(pen, random, x, quay, width)
        x += width + random.choice((0, 0, 0, 10))
    pen.line(f"M0 {quay}H{WIDTH}", width=2)
    pen.shade(box(0, quay, WIDTH, 9), 0.18)
    ripples = ""
    for k in range(7):
        y, reach = quay + 17 + k * 6, random.uniform(20, 90)
        at = -random.uniform(0, 60)
        while at < WIDTH:
            ripples += f"M{n(at)} {n(y)}h{n(reach)}"
            at += reach + random.uniform(24, 90)
            reach = random.uniform(30, 120)
    pen.line(ripples, opacity=0.5)
    return pen


def _house(pen: Pen, random: Random, x: float, ground: float, width: float) -> None:
    floors = random.randint(3, 5)
    top = ground - floors * 42 - 22
    kind = random.choice(("gable", "gable", "step", "flat"))
    if kind == "gable":
        roof = f"L{n(x + width / 2)} {n(top - 34)}L{n(x + width)} {n(top)}"
    elif kind == "step":
        step = width / 7
        roof = f"v-9h{n(step)}v-9h{n(step)}v-9h{n(step)}v-8h{n(step)}v8h{n(step)}v9h{n(step)}v9h{n(step)}v9"
    else:
        roof = f"v-8H{n(x + width)}v8"
    shape = f"M{n(x)} {n(ground)}V{n(top)}{roof}V{n(ground)}Z"
    pen.paper(shape)
    pen.shade(shape, random.choice((0.03, 0.07, 0.12)))
    columns = 2 if width < 80 else 3
    dark, lit = "", ""
    for floor in range(floors):
        for column in range(columns):
            left = x + width * (column + 0.5) / columns - 8
            y = top + 16 + floor * 42
            if floor == floors - 1 and column == columns // 2:
                pen.paper(box(left - 1, y + 4, 18, ground - y - 4))
                pen.shade(box(left - 1, y + 4, 18, ground - y - 4), 0.35)
                continue
            window = box(left, y, 16, 24)
            dark += f"{window}M{n(left + 8)} {n(y)}v24M{n(left)} {n(y + 9)}h16"
            if random.random() < 0.24:
                lit += window
    pen.shade(lit, 0.6)
    pen.line(dark, opacity=0.85)
    if kind == "gable":
        pen.line(f"M{n(x + width / 2 - 5)} {n(top - 8)}h10v-9h-10z", opacity=0.85)


def shed(random: Random) -> Pen:
    """A long warehouse in elevation: dock doors, roof lights, lorries backed up to it."""
    pen, ground = Pen(), 292
    roof = "M28 292V158L320 104L612 158V292Z"
    pen.paper(roof, 1.5)
    pen.shade("M28 158L320 104L612 158Z", 0.16)
    pen.line("M28 158H612", width=1.5)
    pen.line("".join(f"M{k} 158V210" for k in range(44, 612, 12)), opacity=0.35)
    pen.shade(box(28, 158, 584, 52), 0.05)
    docked = set(random.sample(range(1, 11), 4))
    for bay in range(12):
        x = 44 + bay * 48
        if bay in docked:
            _lorry(pen, x - 3, ground)
            continue
        pen.paper(box(x, 226, 32, 66))
        rolled = random.choice((14, 66, 66))
        pen.shade(box(x, 226, 32, rolled), 0.12)
        pen.line("".join(f"M{x} {226 + k}h32" for k in range(8, rolled, 8)), opacity=0.6)
        if rolled < 66:
            pen.shade(box(x, 226 + rolled, 32, 66 - rolled), 0.5)
    pen.line(f"M0 {ground}H{WIDTH}", width=2)
    pen.line("".join(f"M{n(70 + k * 100)} 322h56" for k in range(6)), opacity=0.5)
    pen.line(f"M0 344H{WIDTH}", opacity=0.3)
    return pen


def _lorry(pen: Pen, x: float, ground: float) -> None:
    pen.paper(box(x, 222, 38, 64), 1.25)
    pen.shade(box(x, 222, 38, 64), 0.3)
    pen.line(f"M{n(x + 19)} 222v64M{n(x + 14)} 250v10M{n(x + 24)} 250v10")
    pen.shade(f"{box(x + 3, ground - 8, 8, 12)}{box(x + 27, ground - 8, 8, 12)}", 0.9)


def mains(random: Random) -> Pen:
    """The plan of a heat network: a lake, the plant on its shore, pipes under the streets, houses joined to them."""
    pen = Pen()
    shore: list[Point] = [(random.uniform(96, 134), y) for y in range(-20, HEIGHT + 60, 40)]
    lake = smooth(shore) + f"L-20 {HEIGHT + 30}L-20 -30Z"
    pen.shade(lake, 0.1)
    for k in range(4):
        pen.line(smooth([(x - 14 * k, y) for x, y in shore]), opacity=0.6 - 0.13 * k)
    streets = [56.0, 132.0, 208.0, 284.0]
    crossing = [210 + 108 * k + random.uniform(-12, 12) for k in range(5)]
    for row, y in enumerate([-20.0, *streets]):
        for left, right in zip([160.0, *crossing], [*crossing, WIDTH + 30], strict=True):
            _block(pen, random, left + 12, y + 12, right - 12, [*streets, HEIGHT + 30][row] - 12)
    plant, trunk = 170.0, streets[random.choice((1, 2))]
    for offset in (-3, 3):
        pen.line(f"M30 {n(trunk + offset)}H{WIDTH}", width=2)
    taps = ""
    for x in crossing:
        head, tail = streets[0], streets[-1]
        for side in (-2.5, 2.5):
            pen.line(f"M{n(x + side)} {n(head)}V{n(tail)}", width=1.5)
        taps += "".join(f"M{n(x - 5)} {n(y)}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z" for y in streets)
    for y in streets:
        if y != trunk:
            pen.line(f"M{n(crossing[0])} {n(y)}H{n(crossing[-1])}", width=1.5)
    pen.paper(taps, 1.25)
    pen.shade(taps, 0.7)
    pen.paper(box(plant - 24, trunk - 20, 40, 40), 1.5)
    pen.shade(box(plant - 24, trunk - 20, 40, 40), 0.75)
    return pen


def _block(pen: Pen, random: Random, left: float, top: float, right: float, bottom: float) -> None:
    x, outline, warm = left, "", ""
    while x < right - 14:
        width = min(random.choice((18, 24, 30)), right - x)
        for y, depth in ((top, random.uniform(14, 20)), (bottom, -random.uniform(14, 20))):
            house = box(x, y, width - 3, depth)
            outline += house
            if random.random() < 0.4:
                warm += house
        x += width
    pen.shade(warm, 0.22)
    pen.line(outline, opacity=0.6)


def vessel(random: Random) -> Pen:
    """A container ship in elevation on a calm sea."""
    pen, deck, sea = Pen(), 214, 268
    rows: list[tuple[float, int]] = [(118 + k * 31, random.randint(2, 5)) for k in range(12)]
    for x, count in rows:
        for level in range(count):
            crate = box(x, deck - 19 * (level + 1), 29, 18)
            pen.paper(crate)
            pen.shade(crate, random.choice((0.06, 0.14, 0.14, 0.3, 0.55)))
            pen.line("".join(f"M{n(x + 5 + 5 * k)} {n(deck - 19 * (level + 1) + 4)}v10" for k in range(4)), opacity=0.5)
    tower = polygon([(500, deck), (500, 96), (512, 84), (548, 84), (552, 96), (552, deck)])
    pen.paper(tower, 1.5)
    pen.shade(tower, 0.06)
    pen.shade("".join(box(506, 104 + 20 * k, 40, 8) for k in range(5)), 0.55)
    pen.line("M530 84V54M518 62h24M560 214v-58h18v58", width=1.5)
    hull = "M70 206L96 214H584L604 206C604 236 592 262 578 290H120C98 276 80 246 70 206Z"
    pen.paper(hull, 1.5)
    pen.shade(hull, 0.18)
    pen.line("M86 236H598M94 250H592", opacity=0.5)
    water = f"M0 {sea}" + "".join("q20 -7 40 0t40 0" for _ in range(8)) + f"V{HEIGHT}H0Z"
    pen.paper(water)
    pen.shade(water, 0.1)
    for k in range(1, 6):
        waves = "".join(
            f"M{n(x)} {n(sea + 15 * k)}q20 -6 40 0" for x in range(-20 + 26 * (k % 3), WIDTH, random.choice((80, 104)))
        )
        pen.line(waves, opacity=0.55 - 0.07 * k)
    return pen
