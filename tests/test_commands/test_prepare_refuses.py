"""What `create` would refuse `prepare` refuses too, for every rule that can break a cluster that is described."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from azext_kubenet.arguments.create import parse_creation
from azext_kubenet.arguments.prepare import PrepareArguments, parse_prepare
from azext_kubenet.core.changes.change import MissingResourceError, RefusedError
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.rule import Severity, Stage
from azext_kubenet.create import judge
from azext_kubenet.preparing import decide, read, refuse_what_create_refuses
from tests.running_clusters import SECURITY_GROUP, put_denial
from tests.simulator import Simulator
from tests.world import networks_body

from .azure import (
    CLUSTER,
    GROUP,
    IDENTITIES,
    IDENTITY,
    NETWORK,
    SUBNET,
    TABLE,
    TABLES,
    Json,
    put_cluster,
    put_identity,
    put_ready,
    put_table,
    writes,
)
from .preparing import sign_in

SUBSCRIPTION: Final = f"/subscriptions/{Simulator.subscription_id}"
KUBELET: Final = f"{IDENTITIES}/kubelet"
API_SERVER: Final = f"{NETWORK}/subnets/api"
WORK: Final = f"{NETWORK}/subnets/work"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """What is wrong with a subnet that is ready, or with the cluster that is described.

    `told` is the rule that `prepare` names, where it meets another one first.
    """

    seed: Callable[[Simulator], object] | None = None
    described: dict[str, str] = field(default_factory=dict)
    told: str = ""


def _with(resource_id: str, **properties: Any) -> Callable[[Simulator], object]:
    def seed(sim: Simulator) -> None:
        body = sim.get(resource_id) or {}
        sim.put(resource_id, {**body, "properties": {**body["properties"], **properties}})

    return seed


def _peered(sim: Simulator) -> None:
    remote = {"remoteAddressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "peeringState": "Connected"}
    _with(NETWORK, virtualNetworkPeerings=[{"name": "hub", "properties": remote}])(sim)


def _foreign_cluster(sim: Simulator) -> None:
    put_cluster(sim, f"{CLUSTER}-other")


def _on_the_table(sim: Simulator) -> None:
    sim.put(f"{NETWORK}/subnets/theirs", {"properties": {"addressPrefix": "10.1.6.0/24", "routeTable": {"id": TABLE}}})
    put_cluster(sim, f"{CLUSTER}-other", f"{NETWORK}/subnets/theirs", pod_cidr="10.99.0.0/16")


def _table_elsewhere(sim: Simulator) -> None:
    put_table(sim, location="northeurope")


def _routes(*routes: tuple[str, str, str | None]) -> Callable[[Simulator], object]:
    def seed(sim: Simulator) -> None:
        for number, (prefix, kind, hop) in enumerate(routes):
            properties = {"addressPrefix": prefix, "nextHopType": kind, "nextHopIpAddress": hop}
            sim.put(f"{TABLE}/routes/r{number}", {"properties": properties})

    return seed


def _denied(sim: Simulator) -> None:
    put_denial(sim)
    _with(SUBNET, networkSecurityGroup={"id": SECURITY_GROUP})(sim)


def _locked(sim: Simulator) -> None:
    lock = f"{TABLE}/providers/Microsoft.Authorization/locks/keep"
    sim.put(lock, {"properties": {"level": "ReadOnly"}})


def _gateway(sim: Simulator) -> None:
    ingress = f"{GROUP}/providers/Microsoft.Network/applicationGateways/ingress/gatewayIPConfigurations/main"
    properties = {"addressPrefix": "10.1.8.0/24", "applicationGatewayIPConfigurations": [{"id": ingress}]}
    sim.put(f"{NETWORK}/subnets/gateway", {"properties": properties})
    _routes(("0.0.0.0/0", "VirtualAppliance", "10.1.200.4"))(sim)


def _own_kubelet(sim: Simulator) -> None:
    put_identity(sim, identity=KUBELET)
    sim.set_caller_roles([(SUBSCRIPTION, "Contributor")])


def _api_subnet(sim: Simulator) -> None:
    sim.put(API_SERVER, {"properties": {"addressPrefix": "10.1.9.0/29"}})


def _dns_servers(sim: Simulator) -> None:
    _with(NETWORK, dhcpOptions={"dnsServers": ["10.9.0.4"]})(sim)


BROKEN: Final[dict[str, Broken]] = {
    "IP1": Broken(seed=_with(SUBNET, addressPrefix="10.1.0.0/30")),
    "IP2": Broken(described={"node_count": "230"}),
    "IP7": Broken(described={"node_count": "3", "max_count": "990"}),
    "POD1": Broken(described={"pod_cidr": "10.100.0.0/24"}),
    "POD3": Broken(described={"max_pods": "5"}),
    "POD4": Broken(described={"node_count": "1", "max_pods": "10"}),
    "SVC1": Broken(described={"service_cidr": "10.32.0.0/11"}),
    "SVC3": Broken(described={"dns_service_ip": "10.99.0.10"}),
    "RES1": Broken(described={"pod_cidr": "172.30.0.0/16"}),
    "OVL1": Broken(described={"pod_cidr": "10.1.0.0/16"}),
    "OVL2": Broken(described={"service_cidr": "10.1.0.0/22"}),
    "OVL4": Broken(described={"service_cidr": "10.244.0.0/16"}),
    "OVL5": Broken(seed=_peered, described={"service_cidr": "10.0.0.0/20"}),
    "OVL7": Broken(seed=_on_the_table, described={"pod_cidr": "10.99.0.0/16"}, told="RT3"),
    "LIM1": Broken(described={"max_count": "390"}),
    "SN1": Broken(described={"location": "northeurope"}),
    "SN2": Broken(seed=_with(SUBNET, delegations=[{"name": "w", "properties": {"serviceName": "Microsoft.Web/x"}}])),
    "SN3": Broken(seed=_foreign_cluster, told="RT3"),
    "SN4": Broken(seed=_with(SUBNET, serviceAssociationLinks=[{"name": "x", "properties": {}}])),
    "SN5": Broken(seed=_with(NETWORK, provisioningState="Failed")),
    "RT3": Broken(seed=_on_the_table),
    "RT4": Broken(seed=_routes(("10.244.3.0/24", "VirtualAppliance", "10.1.9.9"))),
    "RT6": Broken(seed=_table_elsewhere),
    "NSG1": Broken(seed=_denied),
    "LCK1": Broken(seed=_locked),
    "EG1": Broken(described={"outbound_type": "userDefinedRouting"}),
    "EG2": Broken(seed=_routes(("0.0.0.0/0", "Internet", None)), described={"outbound_type": "userDefinedRouting"}),
    "EG6": Broken(described={"outbound_type": "userAssignedNATGateway"}),
    "EG9": Broken(seed=_dns_servers, described={"private_dns_zone": "system"}),
    "EG11": Broken(seed=_routes(("0.0.0.0/0", "None", None))),
    "ID9": Broken(seed=_own_kubelet, described={"assign_kubelet_identity": KUBELET}),
    "ID11": Broken(described={"location": "usgoviowa"}),
    "API1": Broken(seed=_api_subnet, described={"private_dns_zone": "system", "apiserver_subnet_id": API_SERVER}),
    "UN6": Broken(seed=_gateway),
}

FURTHER_POOLS: Final = "create makes one pool; further ones are looked at below"

APART: Final = {
    "IP8": "a subnet that is there has passed it",
    "IP9": "a subnet that is there has passed it",
    "SVC2": "prepare cannot be told of IPv6",
    "RES2": "Azure has no such network",
    "LIM3": FURTHER_POOLS,
    "SN6": FURTHER_POOLS,
    "RT2": FURTHER_POOLS,
    "RT5": FURTHER_POOLS,
    "SN10": "the name of the subnet, which the tests of the rule change",
    "EG5": "create refuses the word",
    "EG7": "create refuses the word",
    "ID1": "prepare makes the identity",
    "ID2": "prepare assigns the role",
    "ID3": "prepare assigns the role",
    "ID10": "it is information; prepare tells the administrator's commands",
    "ID12": "it is looked at once the cluster is there",
    "DNS1": "prepare assigns the roles",
    "UN1": "create has no Windows pool; described pools are looked at below",
    "UN2": "prepare cannot be told of addons",
    "UN3": "create refuses the word; described policies are looked at below",
    "UN4": "create refuses the word",
    "UN5": "prepare cannot be told of it",
    "UN7": "prepare cannot be told of it",
}


def test_every_rule_that_can_stop_a_creation_is_looked_at() -> None:
    stopping = {each.code for each in all_rules() if each.severity is Severity.ERROR and each.stage <= Stage.CREATE}
    assert BROKEN.keys() | APART.keys() == stopping
    assert BROKEN.keys().isdisjoint(APART)


def _as_creation(described: dict[str, str]) -> Json:
    """The same as `create` takes it, azure-cli having read the numbers."""
    numbers = ("node_count", "max_count", "max_pods")
    given: Json = {name: int(value) if name in numbers else value for name, value in described.items()}
    given.setdefault("node_count", 3)
    return {
        "location": "westeurope",
        **given,
        "enable_cluster_autoscaler": "max_count" in described,
        "enable_private_cluster": "private_dns_zone" in described,
        "vnet_subnet_id": SUBNET,
        "assign_identity": IDENTITY,
    }


def prepare(sim: Simulator, **described: Any) -> None:
    """What `prepare` looks at before the first write."""
    session = sign_in(sim)
    arguments = PrepareArguments(
        resource_group_name="rg", cluster_name="aks", vnet_subnet_id=SUBNET, identity=IDENTITY, **described
    )
    request = parse_prepare(arguments, subscription=sim.subscription_id)
    preparation = decide(request, read(session, request))
    refuse_what_create_refuses(preparation)
    preparation.refuse_elsewhere()


@pytest.mark.parametrize("code", BROKEN)
def test_what_create_would_refuse_prepare_refuses(sim: Simulator, code: str) -> None:
    broken = BROKEN[code]
    put_ready(sim)
    if broken.seed is not None:
        broken.seed(sim)
    sim.clear_log()
    creation = parse_creation(_as_creation(broken.described), group="rg", name="aks", subscription=sim.subscription_id)
    errors = {each.rule.code for each in judge(sign_in(sim), creation).report.errors}
    assert code in errors
    described = {"node_count": "3", **broken.described}
    with pytest.raises(RefusedError) as refusal:
        prepare(sim, **described)
    assert re.search(rf"\b{broken.told or code}(:|\))", str(refusal.value))
    assert writes(sim) == []


def test_what_is_ready_is_refused_by_neither(sim: Simulator) -> None:
    put_ready(sim)
    prepare(sim, node_count="3")


FURTHER: Final = ["name=work", "count=5", "subnet=work"]
DELEGATED: Final = [{"name": "web", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}]
OUTSIDE: Final = f"{NETWORK}-other/subnets/work"


@pytest.mark.parametrize(
    ("code", "subnet", "pools"),
    [
        ("IP2", {"addressPrefix": "10.1.5.0/29"}, [FURTHER]),
        ("RT2", {"addressPrefix": "10.1.5.0/24", "routeTable": {"id": f"{TABLES}/theirs"}}, [FURTHER]),
        ("SN2", {"addressPrefix": "10.1.5.0/24", "delegations": DELEGATED}, [FURTHER]),
        ("SN6", {"addressPrefix": "10.1.5.0/24"}, [["name=work", f"subnet={OUTSIDE}"]]),
        ("UN1", {"addressPrefix": "10.1.5.0/24"}, [[*FURTHER, "os-type=Windows"]]),
        ("LIM3", {"addressPrefix": "10.1.5.0/24"}, [[f"name=p{number}", "subnet=work"] for number in range(100)]),
    ],
)
def test_the_subnets_of_further_pools_are_judged_too(
    sim: Simulator, code: str, subnet: Json, pools: list[list[str]]
) -> None:
    put_ready(sim)
    put_table(sim, f"{TABLES}/theirs")
    sim.put(f"{NETWORK}-other", networks_body("10.7.0.0/16", {"work": {"addressPrefix": "10.7.0.0/24"}}))
    sim.put(WORK, {"properties": subnet})
    with pytest.raises(RefusedError, match=rf" {code}: "):
        prepare(sim, nodepool=[["name=system", "count=3"], *pools])


def test_a_further_subnet_that_is_not_there_is_refused(sim: Simulator) -> None:
    put_ready(sim)
    with pytest.raises(MissingResourceError, match="subnet 'work' was not found"):
        prepare(sim, nodepool=[["name=system", "count=3"], FURTHER])


def test_a_further_subnet_that_is_prepared_later_is_no_reason(sim: Simulator) -> None:
    """It has no table and the identity no role there until the preparation that is printed for it."""
    put_ready(sim)
    sim.put(WORK, {"properties": {"addressPrefix": "10.1.5.0/24"}})
    prepare(sim, nodepool=[["name=system", "count=3"], FURTHER])
