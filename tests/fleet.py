"""Clusters of many kinds in several subscriptions, put into the local Azure: what `audit` looks at.

Each has a resource group of its own, and in it its network `vnet-NAME`, its route table `routes-NAME` and its identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tests.simulator import Simulator
from tests.world import LOCATION, cluster_body, identity_body, table_body

Json = dict[str, Any]

SECOND: Final = "00000000-0000-0000-0000-000000000002"
THIRD: Final = "00000000-0000-0000-0000-000000000003"
LONG: Final = "a-network-whose-name-is-longer-than-the-63-characters-that-overlay-takes"


@dataclass(frozen=True, kw_only=True)
class Member:
    """One cluster; what is not said is as it should be. `number` makes its ranges: 10.N.0.0/16 for the network.

    `gateway` is the prefix length of a subnet with an Application Gateway; `on_table` puts it on the cluster's table.
    `left` is a route that its controller has not taken away.
    """

    name: str
    number: int
    subscription: str = Simulator.subscription_id
    version: str = "1.31.2"
    count: int = 2
    max_count: int = 0
    own_network: bool = True
    own_identity: bool = True
    network: str = ""
    prefix: str = "/24"
    gateway: int = 0
    on_table: bool = False
    pool: Json = field(default_factory=dict)
    profile: Json = field(default_factory=dict)
    properties: Json = field(default_factory=dict)
    routes: tuple[Json, ...] = ()
    left: Json | None = None
    stripped: bool = False

    @property
    def group(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/rg-{self.name}"

    @property
    def network_id(self) -> str:
        return f"{self.group}/providers/Microsoft.Network/virtualNetworks/{self.network or f'vnet-{self.name}'}"

    @property
    def subnet_id(self) -> str:
        return f"{self.network_id}/subnets/nodes"

    @property
    def table_id(self) -> str:
        return f"{self.group}/providers/Microsoft.Network/routeTables/routes-{self.name}"

    @property
    def identity_id(self) -> str:
        return f"{self.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{self.name}"

    @property
    def gateway_id(self) -> str:
        return f"{self.group}/providers/Microsoft.Network/applicationGateways/gw-{self.name}"

    @property
    def cluster_id(self) -> str:
        return f"{self.group}/providers/Microsoft.ContainerService/managedClusters/{self.name}"


def put_member(sim: Simulator, member: Member) -> None:
    """The cluster, and before it the network that it needs."""
    if member.own_network:
        sim.put(member.table_id, table_body(*member.routes))
        sim.put(member.network_id, _network(member))
        sim.put(member.identity_id, identity_body())
    body = cluster_body(
        subnet=member.subnet_id if member.own_network else None,
        identity=member.identity_id if member.own_network and member.own_identity else None,
        pool=_pool(member),
        profile={"podCidr": f"10.{100 + member.number}.0.0/16", "serviceCidr": "172.20.0.0/16", **member.profile},
        dns=member.name[:20],
    )
    body["properties"].update({"kubernetesVersion": member.version, **member.properties})
    sim.put(member.cluster_id, body)
    if member.left:
        table = sim.get(member.table_id)
        assert table is not None
        sim.put(member.table_id, table_body(*table["properties"]["routes"], member.left))
    if member.stripped:
        network = sim.get(member.network_id)
        assert network is not None
        for subnet in network["properties"]["subnets"]:
            subnet["properties"].pop("routeTable", None)
        sim.put(member.network_id, network)


def _network(member: Member) -> Json:
    table = {"routeTable": {"id": member.table_id}}
    nodes = {"addressPrefix": f"10.{member.number}.0.0{member.prefix}", **table}
    subnets = [{"name": "nodes", "properties": nodes}]
    if member.gateway:
        subnets.append({"name": "gateway", "properties": _gateway_subnet(member, table)})
    space = {"addressPrefixes": [f"10.{member.number}.0.0/16"]}
    return {"location": LOCATION, "properties": {"addressSpace": space, "subnets": subnets}}


def _gateway_subnet(member: Member, table: Json) -> Json:
    configuration = {"id": f"{member.gateway_id}/gatewayIPConfigurations/appGatewayIpConfig"}
    return {
        "addressPrefix": f"10.{member.number}.64.0/{member.gateway}",
        "applicationGatewayIPConfigurations": [configuration],
        **(table if member.on_table else {}),
    }


def _pool(member: Member) -> Json:
    growing = {"enableAutoScaling": True, "minCount": member.count, "maxCount": member.max_count}
    return {"count": member.count, **(growing if member.max_count else {}), **member.pool}


def with_addon(member: Member) -> Json:
    """The properties of the add-on for the member's gateway."""
    config = {"effectiveApplicationGatewayId": member.gateway_id}
    return {"addonProfiles": {"ingressApplicationGateway": {"enabled": True, "config": config}}}


def mixed_fleet() -> tuple[Member, ...]:
    """Thirty clusters: 27 on kubenet, one of each kind of trouble, and three on overlay."""
    gateway = Member(name="agic-large", number=15, gateway=22)
    small = Member(name="agic", number=16, gateway=24)
    default = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.19.9.4"}
    stale = {"addressPrefix": "10.121.9.0/24", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.21.0.99"}
    left = {"addressPrefix": "10.128.0.0/24", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.28.0.4"}
    udr = {"outboundType": "userDefinedRouting"}
    overlay = {"networkPlugin": "azure", "networkPluginMode": "overlay"}
    return (
        Member(name="ready-1", number=1, count=3),
        Member(name="ready-2", number=2, subscription=SECOND, max_count=9),
        Member(name="ready-3", number=3, subscription=THIRD),
        Member(name="managed", number=4, own_network=False),
        Member(name="managed-calico", number=5, own_network=False, profile={"networkPolicy": "calico"}),
        Member(name="system-identity", number=6, own_identity=False),
        Member(name="calico", number=7, subscription=SECOND, profile={"networkPolicy": "calico"}, max_count=40),
        Member(name="calico-old", number=8, version="1.28.9", profile={"networkPolicy": "calico"}),
        Member(name="old", number=9, version="1.26.6", subscription=THIRD),
        Member(name="availability-set", number=10, pool={"type": "AvailabilitySet"}),
        Member(name="confidential", number=11, pool={"vmSize": "Standard_DC4s_v2"}),
        Member(name="long-names", number=12, network=LONG),
        Member(name="gateway", number=13, gateway=24, on_table=True),
        Member(name="gateway-large", number=14, gateway=23, on_table=True),
        Member(name="agic-large", number=15, gateway=22, properties=with_addon(gateway)),
        Member(name="agic", number=16, gateway=24, properties=with_addon(small)),
        Member(name="failed", number=17, properties={"provisioningState": "Failed"}),
        Member(name="updating", number=18, properties={"provisioningState": "Updating"}),
        Member(name="egress", number=19, profile=udr, routes=({"name": "out", "properties": default},)),
        Member(name="no-egress", number=20, profile=udr, subscription=THIRD),
        Member(
            name="left-behind",
            number=21,
            left={"name": "aks-nodepool1-1-vmss000009", "properties": stale},
            profile={"podCidr": "10.121.0.0/16"},
        ),
        Member(name="small-subnet", number=22, prefix="/28", count=9, max_count=30),
        Member(name="small-pods", number=23, count=3, max_count=20, profile={"podCidr": "10.123.0.0/20"}),
        Member(name="services", number=24, profile={"serviceCidr": "10.24.0.0/20"}),
        Member(name="stripped", number=25, stripped=True),
        Member(name="dual-stack", number=26, profile={"ipFamilies": ["IPv4", "IPv6"]}),
        Member(name="stopped", number=27, properties={"powerState": {"code": "Stopped"}}),
        Member(
            name="moved",
            number=28,
            profile=overlay,
            left={"name": "aks-nodepool1-1-vmss000000", "properties": left},
        ),
        Member(name="overlay-1", number=29, profile=overlay, own_network=False),
        Member(name="overlay-2", number=30, profile=overlay, own_network=False, subscription=SECOND),
    )


def put_mixed_fleet(sim: Simulator) -> tuple[Member, ...]:
    """All of them in three subscriptions."""
    sim.add_subscription(SECOND, "Second")
    sim.add_subscription(THIRD, "Third")
    members = mixed_fleet()
    for member in members:
        put_member(sim, member)
    sim.clear_log()
    return members
