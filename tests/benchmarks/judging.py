"""What judging costs next to what starting az costs, and how it grows with the network. Runs az and the rules."""

from __future__ import annotations

from datetime import date
from typing import Final

from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Stage

from .in_process import judged_rows
from .large_snapshot import CLUSTER, Size, large_snapshot
from .local_azure import LocalAzure
from .measure import Row

TODAY: Final = date(2026, 1, 1)


def measure_rules(azure: LocalAzure, turns: int) -> list[Row]:
    """All rules on 3,000 subnets, 500 peerings, 400 routes, 1,000 security rules and 2,000 role assignments."""
    once, tenfold = large_snapshot(Size()), large_snapshot(Size().times(10))
    return judged_rows(
        azure,
        turns,
        {"rules": lambda: _judge(once), "rules on tenfold": lambda: _judge(tenfold)},
        next_to_az=("all rules / az --version", 1.0),
        growth=("all rules: tenfold snapshot / snapshot", 12),
    )


def _judge(snapshot: Snapshot) -> None:
    evaluate(all_rules(), cluster=CLUSTER, snapshot=snapshot, today=TODAY, stage=Stage.CREATE)
