"""What whole transactions of the contracts cost in gas, beside the textbook way of doing the same."""

import json
import math
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = ROOT / "contracts" / "snapshots"
# Measured elsewhere (docs/contracts.md, Gas): a clone with immutable arguments, and T-REX 4.1.6 at its barest.
ANCHORS = {
    "escrow_create": 121_539,
    "escrow_deposit": 80_103,
    "escrow_create_and_deposit": 201_642,
    "escrow_release": 74_011,
    "escrow_refund": 69_844,
    "transfer_new": 91_210,
    "transfer_existing": 74_110,
}


def run() -> dict[str, object]:
    """Measure both on forge, each call a transaction of its own; returns gas by kind and the geometric mean of ratios.

    Opening an escrow here makes and pays it in one transaction, so it stands beside creating and paying. Raises
    `SystemExit` when the contracts can't be measured.
    """
    done = subprocess.run(["scripts/contracts", "gas"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    gas, plain = _figures("gas"), _figures("gas-baseline")
    make_and_pay = plain["escrow_create"] + plain["escrow_deposit"]
    beside = {
        "escrow_deposit": make_and_pay,
        "escrow_deposit_permit": make_and_pay + plain["approve"],
        "escrow_release": plain["escrow_release"],
        "escrow_refund": plain["escrow_refund"],
        "transfer_new": plain["transfer_new"],
        "transfer_existing": plain["transfer_existing"],
    }
    together = {f"{kind}_each": gas[f"{kind}_20_holders"] // 20 for kind in ("escrow_release",)}
    ratios = [gas[kind] / beside[kind] for kind in beside]
    return {
        "unit": "gas",
        "ours": {kind: gas[kind] for kind in beside},
        "baseline": beside,
        "ratio": round(math.exp(sum(map(math.log, ratios)) / len(ratios)), 3),
        "ratio_spread": [round(min(ratios), 3), round(max(ratios), 3)],
        "anchors": ANCHORS,
        **gas,
        **together,
    }


def _figures(name: str) -> dict[str, int]:
    return {kind: int(cost) for kind, cost in json.loads((SNAPSHOTS / f"{name}.json").read_text()).items()}
