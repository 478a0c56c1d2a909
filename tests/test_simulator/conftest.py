"""One simulator for all tests of this folder, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator import Simulator

from .client import Client


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator(control=True) as simulator:
        yield simulator


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    running.reset()
    return running


@pytest.fixture
def client(sim: Simulator) -> Iterator[Client]:
    client = Client(sim)
    yield client
    client.close()
