"""`scripts/bench NAME [--json]`."""

import json
import sys
from collections.abc import Callable, Mapping

from scripts.benchmarks import api, auth, chain, gas, pages

BENCHMARKS: Mapping[str, Callable[[], dict[str, object]]] = {
    "api": api.run,
    "auth": auth.run,
    "chain": chain.run,
    "gas": gas.run,
    "pages": pages.run,
}


SHOWN = frozenset({"name", "ours", "baseline", "ratio", "ratio_spread"})


def main(arguments: list[str]) -> int:
    """Run the named benchmark and print its figures; returns the exit code."""
    names = [word for word in arguments if word != "--json"]
    if len(names) != 1 or names[0] not in BENCHMARKS:
        print(f"There is no such benchmark; the names are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    figures = {"name": names[0], **BENCHMARKS[names[0]]()}
    if "--json" in arguments:
        print(json.dumps(figures))
        return 0
    ours, baseline = figures["ours"], figures["baseline"]
    assert isinstance(ours, dict)
    assert isinstance(baseline, dict)
    print(f"{'':24}{'ours':>12}{'baseline':>12}")
    for key, value in ours.items():
        print(f"{key:24}{value:>12}{baseline[key]:>12}")
    print(f"ratio {figures['ratio']} (rounds {figures['ratio_spread']})")
    for key, value in figures.items():
        if key not in SHOWN:
            print(f"{key}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
