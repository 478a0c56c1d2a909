"""What judging costs next to what starting az costs, and how it grows with the network. Runs az and the rules."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from datetime import date
from typing import Final

from azext_kubenet.core.azure.model import Snapshot
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.rule import Stage, evaluate

from .large_snapshot import CLUSTER, Size, large_snapshot
from .local_azure import LocalAzure
from .measure import Row, compared_row, take_turns

TODAY: Final = date(2026, 1, 1)


def measure_rules(azure: LocalAzure, turns: int) -> list[Row]:
    """All rules on 3,000 subnets, 500 peerings, 400 routes, 1,000 security rules and 2,000 role assignments."""
    once, tenfold = large_snapshot(Size()), large_snapshot(Size().times(10))
    gc.collect()
    gc.freeze()  # the collector must not walk through what is only the input
    try:
        timings = take_turns(
            {
                "az --version": lambda: azure.seconds("--version"),
                "rules": _judging(once),
                "rules on tenfold": _judging(tenfold),
            },
            turns,
        )
    finally:
        gc.unfreeze()
    return [
        compared_row("all rules / az --version", timings, "rules", "az --version", at_most=1.0),
        compared_row("all rules: tenfold snapshot / snapshot", timings, "rules on tenfold", "rules", at_most=12),
    ]


def _judging(snapshot: Snapshot) -> Callable[[], float]:
    def judge() -> float:
        begin = time.perf_counter()
        evaluate(all_rules(), cluster=CLUSTER, snapshot=snapshot, today=TODAY, stage=Stage.CREATE)
        return time.perf_counter() - begin

    return judge
