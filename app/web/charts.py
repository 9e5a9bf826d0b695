"""Charts and bars as SVG, drawn by the server: themed by CSS classes, printable, read aloud through their label.

Each chart comes in two widths (`.wide`, `.narrow`, switched by a container query), so its text is never scaled down.
Time runs left to right in every language; the value axis stands where reading starts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from markupsafe import Markup, escape

from app.web.numbers import compact
from app.web.reader import reader

Number = int | float | Decimal
Format = Callable[[float], str]
AXIS = {False: 46, True: 62}  # Arabic says thousand in full


def _n(x: float) -> str:
    return f"{x:.1f}".rstrip("0").rstrip(".") if x else "0"


def _rtl() -> bool:
    return reader().rtl


def _svg(width: int, height: int, css: str, label: str, body: str) -> str:
    return f'<svg class="{css}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{body}</svg>'


def _step(span: float, lines: int) -> float:
    raw = max(span / lines, 1e-9)
    magnitude = 10.0 ** floor(log10(raw))
    return next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= raw * 0.999)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A drawing area: where the values lie, and the grid behind them."""

    width: int
    height: int
    low: float
    high: float
    left: float
    right: float
    rtl: bool

    def y(self, value: float) -> float:
        bottom, top = self.height - 26, 18
        return bottom - (value - self.low) / (self.high - self.low) * (bottom - top)

    def grid(self, fmt: Format) -> str:
        step = _step(self.high - self.low, 4)
        anchor, x = ("end", self.width) if self.rtl else ("start", 0)
        lines = []
        for k in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1):
            value, y = k * step, self.y(k * step)
            css = "c-axis" if k == 0 else "c-grid"
            lines.append(
                f'<path class="{css}" d="M{_n(self.left)} {_n(y)}H{_n(self.right)}"/>'
                f'<text x="{x}" y="{_n(y + 4)}" text-anchor="{anchor}" direction="ltr">{escape(fmt(value))}</text>'
            )
        return "".join(lines)

    def labels(self, labels: Sequence[str], xs: Sequence[float], every: int, centred: bool = False) -> str:
        found, last = [], len(labels) - 1
        for k, (label, x) in enumerate(zip(labels, xs, strict=False)):
            if label and k % every == 0:
                anchor = "middle" if centred else "start" if k == 0 else "end" if k == last else "middle"
                found.append(
                    f'<text x="{_n(x)}" y="{self.height - 4}" text-anchor="{anchor}" direction="ltr">'
                    f"{escape(label)}</text>"
                )
        return "".join(found)


def _frame(width: int, height: int, low: float, high: float) -> _Frame:
    rtl = _rtl()
    left, right = (4, width - AXIS[rtl]) if rtl else (AXIS[rtl], width - 4)
    return _Frame(width, height, low, high if high > low else low + 1, left, right, rtl)


def _both(draw: Callable[[int, int, str], str]) -> Markup:
    return Markup(draw(640, 250, "wide") + draw(400, 230, "narrow"))  # noqa: S704


def line(
    label: str,
    labels: Sequence[str],
    values: Sequence[Number],
    *,
    targets: Sequence[tuple[Number, str]] = (),
    second: Sequence[Number] = (),
    fmt: Format = compact,
    every: tuple[int, int] = (1, 2),
) -> Markup:
    """Return an area line of values over labelled times, with an optional second line and levels to reach.

    `label` is the whole chart in a sentence; fewer values than labels leave the future empty.
    """
    shown, other = [float(v) for v in values], [float(v) for v in second]
    levels = [(float(level), text) for level, text in targets]
    high = max([1e-9, *shown, *other, *(level for level, _ in levels)]) * 1.08

    def draw(width: int, height: int, css: str) -> str:
        frame = _frame(width, height, 0, high)
        gap = (frame.right - frame.left) / max(1, len(labels) - 1)
        xs = [frame.left + k * gap for k in range(len(labels))]
        body = [frame.grid(fmt), *_targets(frame, levels)]
        if shown:
            points = _points(frame, xs, shown)
            last, ground = xs[len(shown) - 1], _n(frame.y(0))
            body.append(f'<path class="c-area" d="M{_n(xs[0])} {ground}L{points}L{_n(last)} {ground}Z"/>')
            if other:
                body.append(f'<path class="c-line b" d="M{_points(frame, xs, other)}"/>')
            body.append(f'<path class="c-line" d="M{points}"/>')
            body.append(f'<circle class="c-dot" cx="{_n(last)}" cy="{_n(frame.y(shown[-1]))}" r="5"/>')
        body.append(frame.labels(labels, xs, every[css == "narrow"]))
        return _svg(width, height, css, label, "".join(body))

    return _both(draw)


def _points(frame: _Frame, xs: Sequence[float], values: Sequence[float]) -> str:
    return " ".join(f"{_n(x)} {_n(frame.y(v))}" for x, v in zip(xs, values, strict=False))


def _targets(frame: _Frame, levels: Iterable[tuple[float, str]]) -> Iterable[str]:
    x = frame.right - 6 if frame.rtl else frame.left + 6
    for level, text in levels:
        y = frame.y(level)
        yield (
            f'<path class="c-target" d="M{_n(frame.left)} {_n(y)}H{_n(frame.right)}"/>'
            f'<text class="strong" x="{_n(x)}" y="{_n(y - 6)}" text-anchor="start">{escape(text)}</text>'
        )


def cash(
    label: str,
    labels: Sequence[str],
    paid_in: Sequence[Number],
    paid_out: Sequence[Number],
    *,
    fmt: Format = compact,
    every: tuple[int, int] = (1, 2),
) -> Markup:
    """Return bars per period: what investors paid in below zero, what they got above."""
    down, up = [float(v) for v in paid_in], [float(v) for v in paid_out]
    high = max(max(up, default=0) * 1.2, max(down, default=0) * 0.3, 1e-9)
    low = -max(down, default=0) * 1.08

    def draw(width: int, height: int, css: str) -> str:
        frame = _frame(width, height, low, high)
        step = (frame.right - frame.left) / max(1, len(labels))
        bar = min(22, step * 0.55)
        xs = [frame.left + (k + 0.5) * step for k in range(len(labels))]
        body, zero = [frame.grid(fmt)], frame.y(0)
        for x, one, two in zip(xs, down, up, strict=True):
            if one:
                body.append(_column("b", x, bar, zero, frame.y(-one)))
            if two:
                body.append(_column("a", x, bar, frame.y(two), zero))
        return _svg(width, height, css, label, "".join(body) + frame.labels(labels, xs, every[css == "narrow"], True))

    return _both(draw)


def _column(shape: str, x: float, width: float, top: float, bottom: float) -> str:
    return (
        f'<rect class="c-bar {shape}" x="{_n(x - width / 2)}" y="{_n(top)}" '
        f'width="{_n(width)}" height="{_n(max(bottom - top, 1))}"/>'
    )


def stacked(label: str, shares: Sequence[Number]) -> Markup:
    """Return one bar of shares in per cent, in place of a pie; its legend is `key` beside it."""
    at, body = 0.0, []
    for k, share in enumerate(map(float, shares)):
        x = 100 - at - share if _rtl() else at
        width = max(share - 0.35, 0.3)
        body.append(f'<rect class="c-bar {"abcde"[k % 5]}" x="{_n(x)}%" width="{width:.2f}%" height="28"/>')
        at += share
    return Markup(  # noqa: S704
        f'<svg class="stacked" width="100%" height="28" role="img" aria-label="{escape(label)}">{"".join(body)}</svg>'
    )


def swatch(place: int) -> Markup:
    """Return the little square that names the bar or line of that place (0 first) in a legend."""
    return Markup(  # noqa: S704
        '<svg aria-hidden="true" viewBox="0 0 12 12">'
        f'<rect class="c-bar {"abcde"[place % 5]}" width="12" height="12"/></svg>'
    )


def spark(label: str, values: Sequence[Number]) -> Markup:
    """Return a line the size of a word."""
    shown = [float(v) for v in values]
    low, span = min(shown), (max(shown) - min(shown)) or 1
    gap = 96 / max(1, len(shown) - 1)
    points = " ".join(f"{_n(k * gap)} {_n(21 - (v - low) / span * 18)}" for k, v in enumerate(shown))
    return Markup(  # noqa: S704
        f'<svg class="spark" viewBox="0 0 96 24" role="img" aria-label="{escape(label)}">'
        f'<path class="c-line" d="M{points}"/></svg>'
    )


def bar(share: Number) -> Markup:
    """Return a plain bar of so many per cent; the figure must stand beside it in words."""
    width = min(100.0, max(0.0, float(share)))
    x = 100 - width if _rtl() else 0
    return Markup(  # noqa: S704
        '<svg class="bar" aria-hidden="true"><rect class="bar-track" width="100%"/>'
        f'<rect class="bar-fill" x="{_n(x)}%" width="{_n(width)}%"/></svg>'
    )


def raise_bar(
    raised: int, hard_cap: int, *, soft_cap: int = 0, reserved: int = 0, sentence: str, soft_label: str = "", name: str
) -> Markup:
    """Return the bar of a raise: nothing to the hard cap, a tick at the soft cap, reserved money hatched, not counted.

    Amounts in base units of one asset; `sentence` is read aloud, `name` names the bar.
    """
    rtl, top = _rtl(), max(hard_cap, 1)
    done, held, tick = (min(100.0, 100 * v / top) for v in (raised, reserved, soft_cap))
    held = min(held, 100 - done)

    def at(start: float, width: float) -> float:
        return 100 - start - width if rtl else start

    under = "" if raised >= soft_cap else " under"
    body = [
        '<rect class="bar-track" width="100%"/>'
        f'<rect class="bar-fill{under}" x="{_n(at(0, done))}%" width="{_n(done)}%"/>'
    ]
    if held > 0:
        x = at(done, held)
        body.append(f'<line class="bar-held" x1="{_n(x)}%" x2="{_n(x + held)}%" y1="4" y2="4"/>')
    if 0 < soft_cap < hard_cap:
        body.append(_tick(at(tick, 0), 15 if soft_label else 11))
        if soft_label:
            body.append(_tick_text(at(tick, 0), soft_label, before=tick > 50, rtl=rtl))
    tall = " tall" if soft_label else ""
    return Markup(  # noqa: S704
        f'<div role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{round(done)}" '
        f'aria-label="{escape(name)}" aria-valuetext="{escape(sentence)}">'
        f'<svg class="bar{tall}" aria-hidden="true">{"".join(body)}</svg></div>'
    )


def _tick(x: float, bottom: int) -> str:
    return f'<line class="bar-tick" x1="{_n(x)}%" x2="{_n(x)}%" y1="-3" y2="{bottom}"/>'


def _tick_text(x: float, text: str, *, before: bool, rtl: bool) -> str:
    """Write beside a tick; `before` = towards where reading starts. Text in SVG follows the page's direction."""
    anchor = "end" if before else "start"
    shift = (-6 if before else 6) * (-1 if rtl else 1)
    return f'<text x="{_n(x)}%" dx="{shift}" y="26" text-anchor="{anchor}">{escape(text)}</text>'


def days_bar(label: str, day: Number, marks: Sequence[tuple[Number, str]], total: Number) -> Markup:
    """Return the escrow clock: a ruler of `total` days, the elapsed part solid, and named days."""
    rtl, length = _rtl(), float(total)
    done = min(100.0, max(0.0, 100 * float(day) / length))
    body = [
        '<rect class="bar-track" width="100%"/>'
        f'<rect class="bar-fill" x="{_n(100 - done if rtl else 0)}%" width="{_n(done)}%"/>'
    ]
    for mark, text in marks:
        share = 100 * float(mark) / length
        last = share > 85
        body.append(_tick(100 - share if rtl else share, 11 if share >= 100 else 15))
        body.append(_tick_text(100 - share if rtl else share, text, before=last, rtl=rtl))
    return Markup(  # noqa: S704
        f'<svg class="bar tall" role="img" aria-label="{escape(label)}">{"".join(body)}</svg>'
    )
