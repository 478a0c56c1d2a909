"""The client under test on the local Azure, without waiting between its tries."""

from __future__ import annotations

import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import RequestIdPolicy, RetryPolicy
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from azext_kubenet.arm.client import AzureCoreClient, bounded_pipeline
from tests.simulator import Simulator


class Credential:
    """A bearer token of the simulator's default caller."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes
        return AccessToken(self._simulator.token(), int(time.time()) + 3600)


def make_client(simulator: Simulator, url: str | None = None) -> AzureCoreClient:
    """A client for `url`, by default the simulator's."""
    policies = [
        RequestIdPolicy(),
        RetryPolicy(retry_backoff_factor=0),
        ARMChallengeAuthenticationPolicy(Credential(simulator), f"{simulator.url}/.default"),
    ]
    return AzureCoreClient(bounded_pipeline(url or simulator.url, policies, str(simulator.ca_file)))


@pytest.fixture
def client(sim: Simulator) -> AzureCoreClient:
    return make_client(sim)
