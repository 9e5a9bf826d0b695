"""Plates: covers drawn for deals without a photograph, each kind from a seed, so a deal keeps its picture."""

from collections.abc import Callable
from math import cos, exp, pi, sin
from random import Random

from markupsafe import Markup

def contour(seed, w=640, h=360, step=16, levels=9):
    """Survey lines of an invented hillside (marching squares)."""
    rnd = Random(seed)
    hills = [(rnd.uniform(0, w), rnd.uniform(0, h), rnd.uniform(70, 190), rnd.uniform(.5, 1.2)) for _ in range(9)]
    f = lambda x, y: sum(a * exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * r * r)) for cx, cy, r, a in hills)
    gx, gy = range(0, w + step, step), range(0, h + step, step)
    z = {(x, y): f(x, y) for x in gx for y in gy}
    hi, lo = max(z.values()), min(z.values())
    out = []
    for k in range(1, levels + 1):
        lv, segs = lo + (hi - lo) * k / (levels + 1), {}
        cut = lambda p, q: tuple(round(a + (b - a) * (lv - z[p]) / (z[q] - z[p]), 1) for a, b in zip(p, q))
        for x in gx[:-1]:
            for y in gy[:-1]:
                c = [(x, y), (x + step, y), (x + step, y + step), (x, y + step)]
                e = [cut(c[i], c[(i + 1) % 4]) for i in range(4) if (z[c[i]] > lv) != (z[c[(i + 1) % 4]] > lv)]
                for a, b in zip(e[::2], e[1::2]):
                    segs.setdefault(a, []).append(b)
                    segs.setdefault(b, []).append(a)
        while segs:
            start = next((p for p in segs if len(segs[p]) == 1), next(iter(segs)))
            path, p = [start], start
            while segs.get(p):
                q = segs[p].pop()
                segs[q].remove(p)
                if not segs[p]:
                    del segs[p]
                path.append(q)
                p = q
            if p in segs and not segs[p]:
                del segs[p]
            if len(path) > 4:
                keep = path[::2] + [path[-1]]
                out.append("M" + " ".join(f"{round(a)} {round(b)}" for a, b in keep))
    return _plate(f'<path d="{"".join(out)}" opacity=".75"/>', w, h)


def _plate(body, w=640, h=360):
    return f'<svg class="plate" viewBox="0 0 {w} {h}" preserveAspectRatio="xMidYMax slice" aria-hidden="true">{body}</svg>'


def facade(seed):
    """Street elevation: houses with gables, some windows lit."""
    rnd, x, d, lit = Random(seed), 20, "M0 320H640", ""
    while x < 600:
        bw, fl = rnd.choice((72, 84, 96, 108)), rnd.randint(3, 5)
        bw = min(bw, 622 - x)
        if bw < 60:
            break
        top = 320 - fl * 44 - 12
        d += f"M{x} 320V{top}" + (f"L{x + bw / 2:g} {top - 32}L{x + bw} {top}" if rnd.random() < .55 else f"V{top - 10}H{x + bw}V{top}") + "V320"
        cols = 3 if bw > 80 else 2
        for r in range(fl):
            for c in range(cols):
                wx, wy = x + bw * (c + .5) / cols - 8, top + 16 + r * 44
                if rnd.random() < .22:
                    lit += f"M{wx:g} {wy}h16v24h-16z"
                else:
                    d += f"M{wx:g} {wy}h16v24h-16z"
        x += bw + rnd.choice((0, 0, 8))
    for k in range(5):
        d += f"M{30 + k * 46} {332 + k * 7}H{610 - k * 38}"
    return _plate(f'<path d="{d}"/><path class="solid" d="{lit}" opacity=".55"/>')


def array(seed):
    """Rows of panels in perspective under a low sun."""
    d = "M0 150H640"
    for r in range(7):
        y, hgt = 166 + r * (r + 9) * 2.6, 8 + r * 4.6
        wid, sk = 44 + r * 17, 10 + r * 6
        k = -1 - r // 3
        x = 320 - wid * 9 + (r % 2) * wid / 2
        while x < 660:
            if x + wid > -20:
                d += f"M{x:.0f} {y + hgt:.0f}l{sk} {-hgt:.0f}h{wid - 8:.0f}l{-sk} {hgt:.0f}z"
            x += wid
    return _plate(f'<path d="{d}"/><circle cx="470" cy="104" r="34"/><circle class="solid" cx="470" cy="104" r="22" opacity=".5"/>')


def mains(seed):
    """Heat network: a plan of pipes on 45 degrees."""
    rnd, d, s = Random(seed), "", ""
    for k in range(6):
        y = 40 + k * 56
        x1 = rnd.choice((140, 200, 260))
        dy = rnd.choice((-56, 56))
        for o in (0, 8):
            d += f"M0 {y + o}H{x1}l{abs(dy)} {dy}H{rnd.choice((420, 470))}l56 {-dy}H640" if o == 0 else ""
        d += f"M0 {y + 8}H{x1 - 3}"
        s += f"M{x1 - 6} {y - 6}h12v12h-12z"
    return _plate(f'<path d="{d}" stroke-width="1.5"/><path class="solid" d="{s}" opacity=".7"/>')


def shed(seed):
    """Long warehouse in elevation with dock doors."""
    d, s = "M0 286H640M40 286V150L320 96L600 150V286M40 150H600", ""
    for k in range(13):
        x = 62 + k * 40
        d += f"M{x} 286V226h28v60M{x} 241h28M{x} 256h28M{x} 271h28"
        if k in (2, 3, 8):
            s += f"M{x} 226h28v60h-28z"
    for k in range(1, 14):
        d += f"M{40 + k * 40} 150V{210 - (k % 2) * 0}"
    return _plate(f'<path d="{d}"/><path class="solid" d="{s}" opacity=".55"/>')


def rosette(n=36, r=150):
    """Guilloche, the engraved ornament of securities; one ellipse turned n times."""
    one = "".join(f'<ellipse cx="0" cy="0" rx="{r}" ry="{r * f:.0f}" transform="rotate({180 * k / n:g})"/>' for f in (.34,) for k in range(n))
    two = "".join(f'<circle cx="{r * .28 * cos(2 * pi * k / 24):.1f}" cy="{r * .28 * sin(2 * pi * k / 24):.1f}" r="{r * .28:.0f}"/>' for k in range(24))
    return f'<svg class="art" viewBox="{-r - 4} {-r - 4} {2 * r + 8} {2 * r + 8}" aria-hidden="true" stroke-width=".5">{one}{two}</svg>'


