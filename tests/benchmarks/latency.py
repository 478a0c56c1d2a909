"""How many latencies a request a command is slower by: its sequential rounds, seen from outside. Runs az."""

from __future__ import annotations

from typing import Final

from .local_azure import LocalAzure
from .measure import Row, Target, median_of, medians, take_turns
from .traffic import Traffic, traffic_of

LATENCY: Final = 0.15
"""Seconds that the local Azure takes to answer."""


def latency_row(azure: LocalAzure, turns: int, name: str, at_most: float, *command: str) -> Row:
    """The command with and without latency, on what is there."""
    traffic: list[Traffic] = []

    def with_latency(latency: float) -> float:
        azure.simulator.settings.latency = latency
        azure.simulator.clear_log()
        seconds = azure.seconds(*command)
        if latency:
            traffic.append(traffic_of(azure.simulator.requests))
        return seconds

    timings = take_turns({"150 ms": lambda: with_latency(LATENCY), "0 ms": lambda: with_latency(0.0)}, turns)
    azure.simulator.settings.latency = 0.0
    return Row(
        name=f"{name}: latencies",
        measured=median_of(timings, lambda slow, fast: (slow - fast) / LATENCY, "150 ms", "0 ms"),
        target=Target(value=at_most),
        detail=medians(timings, "150 ms", "0 ms"),
        requests=traffic[-1].requests,
        rounds=min(each.rounds for each in traffic),
    )
