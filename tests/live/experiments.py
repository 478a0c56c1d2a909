"""The questions, each as what one does to find out. They run in order: later ones stand on what earlier ones made.

IO: of the site. The letters U1 to U9 number what documents leave unsettled about the move to Azure CNI Overlay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from .azure import Answer, Json, Site, SiteError

NETWORKS: Final = "Microsoft.Network/virtualNetworks"
TABLES: Final = "Microsoft.Network/routeTables"
IDENTITIES: Final = "Microsoft.ManagedIdentity/userAssignedIdentities"
CLUSTERS: Final = "Microsoft.ContainerService/managedClusters"
PROPAGATION_SECONDS: Final = 1_200
POD_CIDR, WIDER_POD_CIDR = "10.244.0.0/16", "10.244.0.0/15"


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One row: what was asked, what was seen; a measurement is shown and not compared."""

    question: str
    seen: str
    measured: bool = False


@dataclass(kw_only=True, slots=True)
class Ground:
    """Network, route table and identity, and the roles of the identity."""

    site: Site
    network: str = ""
    table: str = ""
    identity: str = ""
    principal: str = ""
    cluster: str = ""

    @property
    def nodes(self) -> str:
        return f"{self.network}/subnets/nodes"

    def body(self, **changes: Any) -> Json:
        """A kubenet cluster; `subnet`, `identity` (None: system-assigned), `profile` and `count` change it."""
        identity = changes.get("identity", self.identity)
        pool = {
            "name": "nodepool1",
            "mode": "System",
            "osType": "Linux",
            "type": "VirtualMachineScaleSets",
            "count": changes.get("count", self.site.nodes),
            "vmSize": self.site.size,
            "vnetSubnetID": changes.get("subnet", self.nodes),
        }
        kind: Json = {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}
        return {
            "location": self.site.location,
            "identity": kind if identity else {"type": "SystemAssigned"},
            "properties": {
                "dnsPrefix": "kubenetlive",
                "agentPoolProfiles": [pool],
                "networkProfile": {"networkPlugin": "kubenet", "podCidr": POD_CIDR, **changes.get("profile", {})},
            },
        }

    def try_cluster(self, name: str, **changes: Any) -> Answer:
        """What the PUT of a cluster says; one that is taken although it should not be is deleted again."""
        path = self.site.resource(CLUSTERS, name)
        answer = self.site.send("PUT", path, self.body(**changes))
        if answer.accepted:
            self.site.settled(path)
            self.site.delete(path)
        return answer


def prepare_ground(ground: Ground) -> Iterator[Observation]:
    """Makes what all others stand on; asks what a second writer meets on the way."""
    site = ground.site
    site.put(site.group_id, {"location": site.location})
    ground.network = site.resource(NETWORKS, "vnet")
    ground.table = site.resource(TABLES, "routes")
    ground.identity = site.resource(IDENTITIES, "identity")
    table = {"location": site.location, "properties": {"routes": []}}
    first = site.send("PUT", ground.table, table, If_None_Match="*")
    yield Observation(question="If-None-Match: * on a route table that is not there", seen=first.said)
    site.settled(ground.table)
    again = site.send("PUT", ground.table, {**table, "tags": {"second": "writer"}}, If_None_Match="*")
    yield Observation(question="If-None-Match: * on a route table that is there", seen=again.said)
    site.settled(ground.table)
    delegation = [{"name": "aci", "properties": {"serviceName": "Microsoft.ContainerInstance/containerGroups"}}]
    subnets = {
        "nodes": {"addressPrefix": "10.1.0.0/24", "routeTable": {"id": ground.table}},
        "bare": {"addressPrefix": "10.1.1.0/24"},
        "small": {"addressPrefix": "10.1.2.0/28"},
        "delegated": {"addressPrefix": "10.1.3.0/24", "delegations": delegation},
        "policed": {"addressPrefix": "10.1.4.0/24"},
    }
    named = [{"name": name, "properties": properties} for name, properties in subnets.items()]
    space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}
    site.put(ground.network, {"location": site.location, "properties": {**space, "subnets": named}})


def network_writes(ground: Ground) -> Iterator[Observation]:
    """ETags, what a body leaves out, and deleting what is in use."""
    site = ground.site
    subnet = f"{ground.network}/subnets/bare"
    properties = {"addressPrefix": "10.1.1.0/24"}
    stale = site.send("PUT", subnet, {"properties": properties}, If_Match='W/"00000000-0000-0000-0000-000000000000"')
    yield Observation(question="If-Match of another version on a subnet", seen=stale.said)
    gone = site.send("DELETE", ground.table)
    yield Observation(question="DELETE of a route table that a subnet uses", seen=gone.said)
    space: Json = {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}
    other = site.resource(NETWORKS, "other")
    subnets = [{"name": "only", "properties": {"addressPrefix": "10.9.0.0/24"}}]
    site.put(other, {"location": site.location, "properties": {**space, "subnets": subnets}})
    site.put(other, {"location": site.location, "properties": space})
    kept = bool(site.get(other)["properties"].get("subnets"))
    yield Observation(
        question="PUT of a virtual network that leaves out its subnets", seen="keeps them" if kept else "deletes them"
    )


def refusals(ground: Ground) -> Iterator[Observation]:
    """The codes that README lists, each by the violation that AKS documents for it."""
    yield Observation(question="ID1: own route table, system-assigned identity", seen=_told(ground, identity=None))
    ground.principal = ground.site.put(ground.identity, {"location": ground.site.location})["properties"]["principalId"]
    yield Observation(question="ID2, ID3: own route table, an identity without roles", seen=_told(ground))
    violations: tuple[tuple[str, Json], ...] = (
        ("IP2: 50 nodes in a /28", {"subnet": "small", "count": 50}),
        ("SN2: a subnet that is delegated to another service", {"subnet": "delegated"}),
        ("POD1: more nodes than the pod range has blocks", {"profile": {"podCidr": "10.244.0.0/23"}, "count": 9}),
        ("OVL1: pods in the virtual network's space", {"profile": {"podCidr": "10.1.0.0/16"}}),
        ("OVL2: services on a subnet", {"profile": _services("10.1.0.0/22", "10.1.0.10")}),
        ("OVL4: services in the pod range", {"profile": _services("10.244.0.0/16", "10.244.0.10")}),
        ("SVC3: a DNS address outside the service range", {"profile": _services("10.0.0.0/16", "10.9.0.10")}),
        ("EG1: egress by a route table that is not there", {"profile": {"outboundType": "userDefinedRouting"}}),
    )
    for question, violation in violations:
        subnet = f"{ground.network}/subnets/{violation.pop('subnet', 'bare')}"
        yield Observation(question=question, seen=_told(ground, **violation, subnet=subnet, identity=None))


def _services(cidr: str, dns: str) -> Json:
    return {"serviceCidr": cidr, "dnsServiceIP": dns}


def _told(ground: Ground, **changes: Any) -> str:
    return ground.try_cluster("refused", **changes).said


def propagation(ground: Ground) -> Iterator[Observation]:
    """Makes the cluster of all that follows, at once after the identity got its roles."""
    site = ground.site
    site.grant(ground.principal, ground.nodes)
    site.grant(ground.principal, ground.table)
    ground.cluster = site.resource(CLUSTERS, "live")
    start = time.monotonic()
    answer, refused = _until_taken(site, ground.cluster, ground.body())
    waited = f"{time.monotonic() - start:.0f} s"
    yield Observation(question="How long AKS does not see new roles", seen=waited, measured=True)
    said = ", ".join(sorted(set(refused))) or "nothing"
    yield Observation(question="What it says in that time", seen=said, measured=True)
    if not answer.accepted:
        raise SiteError(f"after {waited} still {answer.said}")
    state = site.settled(ground.cluster)["properties"]["provisioningState"]
    yield Observation(question="A kubenet cluster on an own route table", seen=f"{answer.said}, ends {state}")
    if state != "Succeeded":
        raise SiteError("the cluster that the rest stands on is not there")


def machines(ground: Ground) -> Iterator[Observation]:
    """U5 as far as the number of nodes goes, and what a machine says of itself."""
    pages = list(ground.site.pages(f"{ground.cluster}/agentPools/nodepool1/machines"))
    sizes = "+".join(str(len(page)) for page in pages)
    yield Observation(question=f"U5: pages of the list of {ground.site.nodes} machines", seen=sizes)
    first = pages[0][0].get("properties", {}) if pages and pages[0] else {}
    yield Observation(question="U5: what a machine tells", seen=", ".join(sorted(first)))
    routes = ground.site.get(ground.table)["properties"].get("routes") or []
    matched = sum(1 for each in routes if each["properties"].get("nextHopType") == "VirtualAppliance")
    yield Observation(question="Routes of the nodes on the own table", seen=f"{matched} of {ground.site.nodes}")


def before_the_move(ground: Ground) -> Iterator[Observation]:
    """U6: what stops the move, and where; it is put right again."""
    site = ground.site
    foreign = f"{ground.network}/subnets/foreign"
    site.put(foreign, {"properties": {"addressPrefix": "10.1.5.0/24", "routeTable": {"id": ground.table}}})
    yield Observation(question="U6: move with another subnet on the cluster's table", seen=_move(ground))
    site.delete(foreign)


def the_move(ground: Ground) -> Iterator[Observation]:
    """U2, U1 and U7: the move itself, with a wider pod range where Azure takes it."""
    site = ground.site
    before, start = _places(ground), time.monotonic()
    contradictory = _move(ground, podCidr=WIDER_POD_CIDR, podCidrs=[POD_CIDR])
    profile = site.settled(ground.cluster)["properties"]["networkProfile"]
    seen = f"{contradictory}, pods {profile.get('podCidr')}"
    yield Observation(question="U2: move with a wider podCidr beside the old podCidrs", seen=seen)
    if profile.get("networkPluginMode") != "overlay":
        start = time.monotonic()
        yield Observation(question="The move without another pod range", seen=_move(ground))
    yield Observation(question="How long the move takes", seen=f"{time.monotonic() - start:.0f} s", measured=True)
    subnet = site.get(ground.nodes)["properties"]
    kept = "stays" if subnet.get("routeTable") else "is taken off"
    yield Observation(question="U1: the own table on the subnet after the move", seen=kept)
    after = _places(ground)
    names, addresses = set(before) == set(after), before == after
    yield Observation(
        question="U7: nodes after the move",
        seen=f"{'same' if names else 'other'} names, {'same' if addresses else 'other'} addresses",
    )


def after_the_move(ground: Ground) -> Iterator[Observation]:
    """U8 and U9."""
    yield Observation(question="U8: networkPolicy calico after the move", seen=_change(ground, networkPolicy="calico"))
    redeployed = ground.site.send("PUT", ground.cluster, ground.body())
    ground.site.settled(ground.cluster)
    plugin = ground.site.get(ground.cluster)["properties"]["networkProfile"]["networkPlugin"]
    seen = f"{redeployed.said}, plugin {plugin}"
    yield Observation(question="U9: the kubenet template, deployed again", seen=seen)


def calico(ground: Ground) -> Iterator[Observation]:
    """U3 and U4, on a second cluster, with a route table and a subnet of its own."""
    site = ground.site
    table = site.resource(TABLES, "policed")
    site.put(table, {"location": site.location, "properties": {"routes": []}})
    subnet = f"{ground.network}/subnets/policed"
    site.put(subnet, {"properties": {"addressPrefix": "10.1.4.0/24", "routeTable": {"id": table}}})
    site.grant(ground.principal, subnet)
    on_table = site.grant(ground.principal, table)
    ground.cluster = site.resource(CLUSTERS, "policed")
    # the roles are new: what is made before they take effect is refused, and tried again
    body = ground.body(subnet=subnet, profile={"networkPolicy": "calico"}, count=1)
    _until_taken(site, ground.cluster, body)
    yield Observation(question="U3: move with Calico in place", seen=_move(ground))
    yield Observation(question="U3: taking Calico away first", seen=_change(ground, networkPolicy="none"))
    site.delete(on_table)
    yield Observation(question="U4: move without the identity's right on the table", seen=_move(ground))


def _until_taken(site: Site, path: str, body: Json) -> tuple[Answer, list[str]]:
    """The answer that takes it, or the last one in time; and what was said before."""
    start, refused = time.monotonic(), []
    while not (answer := site.send("PUT", path, body)).accepted and time.monotonic() - start < PROPAGATION_SECONDS:
        refused.append(answer.said)
        site.pause(15)
    return answer, refused


def _move(ground: Ground, **profile: Any) -> str:
    return _change(ground, networkPlugin="azure", networkPluginMode="overlay", **profile)


def _change(ground: Ground, **profile: Any) -> str:
    """What becomes of the cluster's document with another network profile: the answer, and the operation's end."""
    site = ground.site
    body = deepcopy(site.settled(ground.cluster))
    wanted = body["properties"]["networkProfile"]
    wanted.update(profile)
    if "podCidrs" not in profile:
        wanted.pop("podCidrs", None)
    answer = site.send("PUT", ground.cluster, body)
    if not answer.accepted:
        return answer.said
    ended = site.settled(ground.cluster)["properties"]
    now = ended["networkProfile"]
    changed = all(now.get(name) == value for name, value in profile.items() if name.startswith("network"))
    return f"{answer.said}, {'' if changed else 'unchanged, '}ends {ended['provisioningState']}"


def _places(ground: Ground) -> dict[str, str]:
    """The machines and their first addresses."""
    found: dict[str, str] = {}
    for page in ground.site.pages(f"{ground.cluster}/agentPools/nodepool1/machines"):
        for each in page:
            network = each.get("properties", {}).get("network", {})
            found[str(each["name"])] = next((str(ip.get("ip")) for ip in network.get("ipAddresses") or []), "")
    return found


Experiment = Callable[[Ground], Iterator[Observation]]

EXPERIMENTS: Final[tuple[Experiment, ...]] = (
    prepare_ground,
    network_writes,
    refusals,
    propagation,
    machines,
    before_the_move,
    the_move,
    after_the_move,
    calico,
)


def run_all(site: Site, tell: Callable[[str], None]) -> list[Observation]:
    """Everything that could be seen; an experiment that breaks off says so in a row, and so do those that stand on it.

    The group is deleted at the end, whatever happened.
    """
    ground = Ground(site=site)
    seen: list[Observation] = []
    try:
        for experiment in EXPERIMENTS:
            tell((experiment.__doc__ or "").partition("\n")[0])
            try:
                seen.extend(experiment(ground))
            except SiteError as error:
                seen.append(Observation(question=f"{experiment.__name__}, to its end", seen=f"broke off: {error}"))
                if experiment in (prepare_ground, refusals, propagation):
                    break
    finally:
        tell(f"Deleting the resource group {site.group}.")
        site.send("DELETE", site.group_id)
    return seen
