"""The group as `az configure --defaults` keeps it, and another subscription, for the commands that take names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator import AzSession, Simulator

from .azure import IDENTITIES, IDENTITY, SUBNET, answer, kubenet, put_identity, put_network, put_ready, writes
from .creating import BASE, PREPARED

OTHER = "00000000-0000-0000-0000-000000000002"
SUBNET_NAMES = ("--vnet-name", "vnet", "--subnet-name", "nodes")


@pytest.fixture(scope="module")
def with_default_group(azure: Simulator, extension_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AzSession:
    """A configuration folder of its own, in which somebody has set the group `rg` as the default."""
    session = azure.az(tmp_path_factory.mktemp("defaults"), extension_dir=extension_dir)
    session.must_run("configure", "--defaults", "group=rg")
    return session


def test_create_is_in_the_default_group(sim: Simulator, with_default_group: AzSession) -> None:
    put_ready(sim)
    created = answer(kubenet(with_default_group, "create", "-n", "aks", *BASE, *PREPARED))
    assert created["resourceGroup"] == "rg"


def test_prepare_is_in_the_default_group(sim: Simulator, with_default_group: AzSession) -> None:
    put_network(sim)
    prepared = answer(kubenet(with_default_group, "prepare", "-n", "aks", *SUBNET_NAMES))
    assert prepared["identity"]["id"] == f"{IDENTITIES}/aks-identity"
    assert sim.get(f"{IDENTITIES}/aks-identity") is not None


def test_validate_subnet_is_in_the_default_group(sim: Simulator, with_default_group: AzSession) -> None:
    put_network(sim)
    report = answer(kubenet(with_default_group, "validate-subnet", *SUBNET_NAMES))
    assert report["subnetId"] == SUBNET


def test_a_group_that_is_given_goes_before_the_default(sim: Simulator, with_default_group: AzSession) -> None:
    put_network(sim)
    done = kubenet(with_default_group, "validate-subnet", "-g", "nowhere", *SUBNET_NAMES)
    assert done.returncode == 3
    assert "group 'nowhere'" in done.stderr


def test_the_default_group_does_not_stand_in_the_way_of_an_id(sim: Simulator, with_default_group: AzSession) -> None:
    elsewhere = SUBNET.replace("/resourceGroups/rg/", "/resourceGroups/net/")
    nodes = {"name": "nodes", "properties": {"addressPrefix": "10.1.0.0/24"}}
    properties = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": [nodes]}
    sim.put(elsewhere.partition("/subnets/")[0], {"location": "westeurope", "properties": properties})
    report = answer(kubenet(with_default_group, "validate-subnet", "--vnet-subnet-id", elsewhere))
    assert report["subnetId"] == elsewhere


@pytest.fixture
def az_of_two(sim: Simulator, az_apart: AzSession) -> AzSession:
    """The same names as in az's own subscription, in another one; az's own is empty."""
    sim.add_subscription(OTHER)
    subnet, identity = (each.replace(sim.subscription_id, OTHER) for each in (SUBNET, IDENTITY))
    nodes = {"name": "nodes", "properties": {"addressPrefix": "10.1.0.0/24"}}
    properties = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": [nodes]}
    sim.put(subnet.partition("/subnets/")[0], {"location": "westeurope", "properties": properties})
    put_identity(sim, identity=identity)
    az_apart.must_run("account", "list", "--refresh")
    sim.clear_log()
    return az_apart


def test_prepare_takes_names_from_the_subscription_that_is_given(sim: Simulator, az_of_two: AzSession) -> None:
    words = ("prepare", "-g", "rg", "-n", "aks", *SUBNET_NAMES, "--identity", "identity", "--subscription", OTHER)
    prepared = answer(kubenet(az_of_two, *words))
    assert prepared["subnet"]["id"].split("/")[2] == prepared["identity"]["id"].split("/")[2] == OTHER
    assert f"--subscription {OTHER} " in prepared["createCommand"]
    assert {entry.path.split("/")[2] for entry in writes(sim)} == {OTHER}


def test_validate_subnet_takes_names_from_the_subscription_that_is_given(az_of_two: AzSession) -> None:
    report = answer(kubenet(az_of_two, "validate-subnet", "-g", "rg", *SUBNET_NAMES, "--subscription", OTHER))
    assert report["subnetId"].split("/")[2] == OTHER
    assert kubenet(az_of_two, "validate-subnet", "-g", "rg", *SUBNET_NAMES).returncode == 3
