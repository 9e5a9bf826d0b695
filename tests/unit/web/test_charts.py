import gzip
import re
from typing import Any
from xml.etree import ElementTree

from app.web import charts, plates
from app.web.plates import KINDS
from tests.support.looks import ACME, NOOR

SAY = {"sentence": "EUR 6 m raised of 12 m", "name": "Raised"}


def x_of(css: str, svg: str) -> float:
    found = re.search(rf'class="{css}"[^>]*? x1?="([\d.]+)%', svg)
    assert found, svg
    return float(found[1])


def test_the_raise_bar_speaks_and_marks_the_soft_cap(on: Any) -> None:
    with on(ACME):
        bar = charts.raise_bar(6, 12, soft_cap=3, reserved=1, **SAY)
    assert 'aria-valuenow="50"' in bar
    assert 'aria-valuetext="EUR 6 m raised of 12 m"' in bar
    assert x_of("bar-tick", bar) == 25
    assert x_of("bar-held", bar) == 50


def test_reserved_money_is_never_counted_nor_drawn_beyond_the_bar(on: Any) -> None:
    with on(ACME):
        bar = charts.raise_bar(10, 10, soft_cap=5, reserved=4, **SAY)
    assert "bar-held" not in bar
    assert 'aria-valuenow="100"' in bar


def test_a_raise_below_its_minimum_looks_different(on: Any) -> None:
    with on(ACME):
        assert "bar-fill under" in charts.raise_bar(2, 12, soft_cap=3, **SAY)
        assert "under" not in charts.raise_bar(3, 12, soft_cap=3, **SAY)


def test_bars_run_from_the_right_in_arabic_but_time_does_not(on: Any) -> None:
    with on(NOOR):
        assert x_of("bar-tick", charts.raise_bar(6, 12, soft_cap=3, **SAY)) == 75
        line = charts.line("Rising", ["1", "2", "3"], [1, 2, 3])
    xs = [float(x) for x in re.findall(r'<text x="([\d.]+)" y="246"', line)]
    assert xs == sorted(xs)


def test_a_line_stops_where_the_values_do(on: Any) -> None:
    with on(ACME):
        chart = charts.line("Rising", list("abcdef"), [0, 5, 9], targets=[(12, "Goal")])
    assert "Goal" in chart
    assert chart.count("<svg") == 2


def test_charts_of_nothing_are_drawn_all_the_same(on: Any) -> None:
    with on(ACME):
        assert "<svg" in charts.line("Nothing yet", ["1", "2"], [])
        assert "<svg" in charts.line("Nothing yet", ["1", "2"], [0, 0])
        assert "<svg" in charts.cash("Nothing yet", ["1"], [0], [0])
        assert "<svg" in charts.raise_bar(0, 0, **SAY)


def test_labels_of_charts_are_escaped(on: Any) -> None:
    with on(ACME):
        assert "<b>" not in charts.line('"<b>', ["<b>", "2"], [1, 2], targets=[(1, "<b>")])


def test_a_deal_keeps_its_picture() -> None:
    assert plates.draw("facade", "one") == plates.draw("facade", "one")
    assert plates.draw("facade", "one") != plates.draw("facade", "two")
    assert plates.draw("no such kind", "one") == plates.contour("one")
    assert plates.kind_for("debt", 5) == plates.kind_for("debt", 5)


def test_every_plate_is_one_small_well_formed_drawing() -> None:
    for kind in KINDS:
        for number in (0, 1, 4095):
            drawing = plates.drawing(kind, number)
            ElementTree.fromstring(drawing)
            assert len(drawing) < 60_000, (kind, len(drawing))
            assert "nan" not in drawing


def test_plates_are_served_and_nothing_else(visit: Any) -> None:
    browser = visit(ACME)
    answer = browser.get("/plates/facade-0a1.svg")
    assert gzip.decompress(answer.data).decode() == plates.drawing("facade", 0x0A1)
    for wrong in ("facade-fffff", "facade-xyz", "facade", "nothing-001", "facade-0A1"):
        assert browser.get(f"/plates/{wrong}.svg").status_code == 404
