"""Rules of ranges against each other: pods, services, virtual network, peers, on-premises. No IO.

Every message names both ranges and where each comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final, NamedTuple

from ..addresses.prefixes import PrefixIndex, overlaps_with
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId, text_of
from ..azure.unreadable import Unreadable, seen
from ..clusters.existing import other_clusters
from ..clusters.gateways import gateways_used, on_premises_ranges, specific_routes
from ..clusters.node_routes import VIRTUAL_APPLIANCE
from ..clusters.request import ClusterRequest
from ..clusters.sharing import subnets_on_table
from .repairs import Pin, Replan
from .rule import NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import OUT_OF_SIGHT

if TYPE_CHECKING:
    from ..azure.links import NetworkGateway
    from ..azure.managed_clusters import ManagedCluster
    from ..azure.route_tables import RouteTable

OVERLAY: Final = "https://learn.microsoft.com/azure/aks/azure-cni-overlay"
LEGACY_CNI: Final = "https://learn.microsoft.com/azure/aks/concepts-network-legacy-cni"
ADDRESS_PLANNING: Final = "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning"


POD_CIDR: Final = "pod CIDR"
SERVICE_CIDR: Final = "service CIDR"
_PINS: Final = {POD_CIDR: (Pin.POD_CIDR,), SERVICE_CIDR: (Pin.SERVICE_CIDR, Pin.DNS_SERVICE_IP)}
"""What a plan has to be free of to choose another range of the kind."""


class Range(NamedTuple):
    """A network, what it is (`pod CIDR`), and where it comes from (`given`)."""

    network: IPv4Network
    what: str
    origin: str
    resource_id: str | None = None

    def __str__(self) -> str:
        return f"{self.what} {self.network} ({self.origin})"


@rule(
    code="OVL1",
    title="pod CIDR lies outside the virtual network",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Choose a pod CIDR outside the virtual network; `az aks kubenet plan` proposes one.",
    when_running="Remove the range from the virtual network once no subnet is in it, or recreate the cluster: "
    "its pod CIDR cannot be changed.",
    sources=(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/networkprofilecidroverlapvnet",
        OVERLAY,
    ),
)
def pod_cidr_is_outside_the_virtual_network(
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork | Unreadable | None,
    subnet: Subnet | Unreadable | None,
) -> Iterator[Outcome]:
    """AKS refuses it with NetworkProfileCIDROverlapVNET: a pod's address would also be a machine's."""
    pods = _pods(cluster)
    if isinstance(virtual_network, VirtualNetwork):
        yield from _violations(pods, _spaces(virtual_network))
        return
    if isinstance(subnet, Subnet):
        yield from _violations(pods, _subnet_ranges([subnet]))
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
    elif subnet is None:
        yield NotApplicable(message="Not applicable: no virtual network is given.")


@rule(
    code="OVL2",
    title="service CIDR overlaps no subnet of the virtual network",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Choose a service CIDR outside the virtual network; `az aks kubenet plan` proposes one.",
    when_running="Move what is in the subnet to one outside the service CIDR and delete it: the service CIDR "
    "cannot be changed, and AKS refuses the next upgrade.",
    sources=(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/servicecidroverlapexistingsubnetscidr-error",
        LEGACY_CNI,
    ),
)
def service_cidr_overlaps_no_subnet(
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork | Unreadable | None,
    subnet: Subnet | Unreadable | None,
) -> Iterator[Outcome]:
    """AKS refuses it with ServiceCidrOverlapExistingSubnetsCidr, at creation and again at every upgrade: a subnet made
    later breaks the cluster then.
    """
    services = _services(cluster)
    if isinstance(virtual_network, VirtualNetwork):
        yield from _violations(services, _subnet_ranges(virtual_network.subnets))
        return
    if isinstance(subnet, Subnet):
        yield from _violations(services, _subnet_ranges([subnet]))
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
    elif subnet is None:
        yield NotApplicable(message="Not applicable: no virtual network is given.")


@rule(
    code="OVL3",
    title="service CIDR lies outside the virtual network",
    severity=Severity.WARNING,
    stage=Stage.PLAN,
    remediation="Choose a service CIDR outside the virtual network, or make no subnet there later.",
    when_running="Make no subnet in that range: the service CIDR cannot be changed, and AKS would refuse the next "
    "upgrade.",
    sources=(LEGACY_CNI,),
)
def service_cidr_is_outside_the_virtual_network(
    cluster: ClusterRequest, virtual_network: VirtualNetwork
) -> Iterator[Outcome]:
    """Where no subnet is there yet the service CIDR works today; the first subnet made there stops the next upgrade."""
    services = _services(cluster)
    if any(_overlaps(services, _subnet_ranges(virtual_network.subnets))):
        yield NotApplicable(message="Not applicable: OVL2 tells which subnet is in the service CIDR already.")
        return
    yield from _violations(services, _spaces(virtual_network))


@rule(
    code="OVL4",
    title="pod CIDR and service CIDR lie apart",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Choose ranges that have no address in common; `az aks kubenet plan` proposes them.",
    when_running="Recreate the cluster with ranges that lie apart: those of a cluster cannot be changed.",
    sources=(OVERLAY,),
)
def pod_and_service_cidr_lie_apart(cluster: ClusterRequest) -> Iterator[Outcome]:
    """An address in both is a service's on every node, and its pod is never reached."""
    yield from _violations(_pods(cluster), [_services(cluster)])


@rule(
    code="OVL5",
    title="pod CIDR and service CIDR lie outside peered networks",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Choose ranges outside all peered networks; `az aks kubenet plan` proposes them.",
    when_running="Give what the cluster has to reach in the peered network another address, or recreate the "
    "cluster: its ranges cannot be changed.",
    sources=("https://github.com/Azure/AKS/issues/1175", ADDRESS_PLANNING),
)
def ranges_are_outside_peered_networks(
    cluster: ClusterRequest, virtual_network: VirtualNetwork, subnet: Subnet | Unreadable | None
) -> Iterator[Outcome]:
    """What has such an address in the peer cannot be reached from the cluster. Services win on every node: an error.
    Pods win between nodes only, as their addresses are translated on the way out: a warning. So does a planned subnet
    inside a range that was given as a peer's.
    """
    if not virtual_network.peerings:
        yield NotApplicable(message="Not applicable: the virtual network has no peering.")
    planned = tuple(_subnet_ranges(each for each in virtual_network.subnets if each.id is None and each == subnet))
    for peering in virtual_network.peerings:
        peers = [
            Range(prefix, "peered range", f"peering '{peering.name}'") for prefix in peering.remote_address_prefixes
        ]
        yield from _violations(_services(cluster), peers)
        yield from _violations(_pods(cluster), peers, severity=Severity.WARNING)
        for each in planned:
            yield from _violations(each, peers, severity=Severity.WARNING)


@rule(
    code="OVL6",
    title="virtual network, pod CIDR and service CIDR lie outside on-premises ranges",
    severity=Severity.WARNING,
    stage=Stage.PLAN,
    remediation="Choose ranges outside what on-premises networks advertise, which often is all of 10.0.0.0/8.",
    when_running="Give what the cluster has to reach on-premises another address, for example by NAT, or "
    "recreate the cluster: its ranges cannot be changed.",
    sources=(
        ADDRESS_PLANNING,
        "https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview",
    ),
)
def ranges_are_outside_on_premises_networks(
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
    gateways: tuple[NetworkGateway, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """What has such an address on-premises cannot be reached from the cluster, and the other way around. Azure does not
    tell what lies behind a gateway: given ranges, local network gateways and routes do. A route to an appliance may as
    well be for this network itself, so it is held against pods and services only.
    """
    on_premises = [Range(*each) for each in on_premises_ranges(cluster, gateways, route_table)]
    table = seen(route_table)
    routes = () if table is None else specific_routes(table, VIRTUAL_APPLIANCE)
    through_appliances = [
        Range(prefix, "destination", f"route '{route.name}'")
        for route, prefix in routes
        if not prefix.subnet_of(cluster.effective_pod_cidr)
    ]
    if isinstance(virtual_network, VirtualNetwork):
        yield from _indexed_violations(_spaces(virtual_network), on_premises)
    remote = [*on_premises, *through_appliances]
    for each in (_pods(cluster), _services(cluster)):
        yield from _violations(each, remote, avoiding=[one.network for one in remote])
    unreadable = [fact for fact in (virtual_network, route_table, gateways) if isinstance(fact, Unreadable)]
    if not on_premises and not through_appliances and not unreadable:
        yield NotApplicable(message="Not applicable: no on-premises range is known.")
    yield from (Unknown(cause=fact) for fact in unreadable)


@rule(
    code="OVL7",
    title="pod CIDR is no other kubenet cluster's",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Choose a pod CIDR of the cluster's own, and a route table of its own.",
    when_running="Keep the two clusters on route tables of their own. Where they share one, recreate one of "
    "them: neither the pod CIDR nor the route table of a cluster can be changed.",
    sources=(
        "https://github.com/kubernetes-sigs/cloud-provider-azure/blob/master/pkg/provider/azure_routes.go",
        "https://github.com/kubernetes/cloud-provider/blob/master/controllers/route/route_controller.go",
    ),
)
def pod_cidr_is_no_other_clusters(
    cluster: ClusterRequest,
    managed_clusters: tuple[ManagedCluster, ...] | Unreadable,
    subnet: Subnet | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
) -> Iterator[Outcome]:
    """On one route table the two clusters delete each other's routes: each takes every route into its pod CIDR that is
    not for one of its own nodes for a left-over. On tables apart it is worth knowing, should they ever be joined.
    """
    if isinstance(managed_clusters, Unreadable):
        yield Unknown(cause=managed_clusters, severity=Severity.INFO if route_table is None else None)
        return
    shared = _sharing(subnet, route_table, virtual_network)
    pods = _pods(cluster)
    undecided = False
    others = [
        each
        for each in other_clusters(cluster.cluster_id, managed_clusters)
        if each.network_plugin.lower() == "kubenet"
    ]
    taken = [cidr for each in others for cidr in each.pod_cidrs if isinstance(cidr, IPv4Network)]
    for other in others:
        together = not shared.isdisjoint(other.subnet_ids)
        theirs = [Range(cidr, "pod CIDR", f"cluster '{other.id.name}'", str(other.id)) for cidr in other.pod_cidrs]
        found = list(_violations(pods, theirs, severity=Severity.ERROR if together else Severity.INFO, avoiding=taken))
        undecided = undecided or bool(found and not together)
        yield from found
    if undecided and isinstance(route_table, Unreadable):
        yield Unknown(cause=route_table)


def _sharing(
    subnet: Subnet | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
) -> frozenset[ResourceId]:
    """The subnets on which a cluster shares a route table, or a subnet, with the one asked about."""
    if not isinstance(subnet, Subnet):
        return frozenset()
    table = seen(route_table)
    table_id = subnet.route_table_id if table is None else table.id
    return subnets_on_table(table_id, subnet, route_table, virtual_network)


def _pods(cluster: ClusterRequest) -> Range:
    return Range(cluster.effective_pod_cidr, POD_CIDR, _origin(cluster, cluster.pod_cidr))


def _services(cluster: ClusterRequest) -> Range:
    return Range(cluster.effective_service_cidr, SERVICE_CIDR, _origin(cluster, cluster.service_cidr))


def _origin(cluster: ClusterRequest, cidr: IPv4Network | None) -> str:
    if cidr is None:
        return "Azure's default"
    return "the cluster's" if cluster.runs else "given"


def _spaces(virtual_network: VirtualNetwork) -> list[Range]:
    origin, resource_id = f"virtual network '{virtual_network.name}'", text_of(virtual_network.id)
    return [Range(prefix, "address prefix", origin, resource_id) for prefix in virtual_network.address_prefixes]


def _subnet_ranges(subnets: Iterable[Subnet]) -> Iterator[Range]:
    for subnet in subnets:
        origin, resource_id = f"subnet '{subnet.name}'", text_of(subnet.id)
        for prefix in subnet.address_prefixes:
            yield Range(prefix, "prefix", origin, resource_id)


def _overlaps(subject: Range, others: Iterable[Range]) -> Iterator[Range]:
    """Those of `others` that share an address with `subject`; one pass."""
    overlaps = overlaps_with(subject.network)
    return (other for other in others if overlaps(other.network))


def _violations(
    subject: Range, others: Iterable[Range], *, severity: Severity | None = None, avoiding: Iterable[IPv4Network] = ()
) -> Iterator[Violation]:
    """`avoiding` are ranges that a plan does not know of by the network alone."""
    avoided = tuple(avoiding)
    return (_violation(subject, other, severity, avoided) for other in _overlaps(subject, others))


def _indexed_violations(subjects: Iterable[Range], others: Iterable[Range]) -> Iterator[Violation]:
    """As `_violations` for many subjects, without comparing each with each."""
    by_network: dict[IPv4Network, list[Range]] = {}
    for other in others:
        by_network.setdefault(other.network, []).append(other)
    index = PrefixIndex(by_network)
    for subject in subjects:
        for network in index.overlapping(subject.network):
            yield from (_violation(subject, other, None) for other in by_network[network])


def _violation(
    subject: Range, other: Range, severity: Severity | None, avoided: tuple[IPv4Network, ...] = ()
) -> Violation:
    text, pins = str(subject), _PINS.get(subject.what)
    return Violation(
        message=f"{text[0].upper()}{text[1:]} overlaps {other}.",
        resource_id=other.resource_id or subject.resource_id,
        evidence={
            "addressPrefix": str(subject.network),
            "origin": subject.origin,
            "overlaps": str(other.network),
            "overlapsOrigin": other.origin,
        },
        severity=severity,
        replan=None if pins is None else Replan(pins, avoided),
    )


@rule(
    code="OVL8",
    title="on-premises ranges behind the gateway are known",
    severity=Severity.INFO,
    stage=Stage.PLAN,
    remediation="Pass the on-premises ranges with --on-premises-ranges, such as 10.0.0.0/8: OVL6 and RES1 then "
    "check them.",
    no_command=OUT_OF_SIGHT,
    sources=(ADDRESS_PLANNING, "https://github.com/sassoftware/viya4-iac-azure/issues/259"),
)
def on_premises_ranges_are_known(
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork,
    gateways: tuple[NetworkGateway, ...] | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
) -> Iterator[Outcome]:
    """A network that uses a gateway, its own or a peer's, is reached from on-premises, and routes learned through BGP
    appear nowhere in Azure's resources. Where no range is given or found, nothing was compared with what lies there.
    """
    used = gateways_used(virtual_network)
    if not used:
        yield NotApplicable(message="Not applicable: the virtual network uses no gateway.")
    elif not any(True for _ in on_premises_ranges(cluster, gateways, route_table)):
        yield Violation(
            message=f"Virtual network '{virtual_network.name}' uses {' and '.join(used)}; "
            "the on-premises ranges are not known, so nothing was compared with them.",
            resource_id=text_of(virtual_network.id),
            evidence={"gateways": used},
        )


RULES: Final = (
    pod_cidr_is_outside_the_virtual_network,
    service_cidr_overlaps_no_subnet,
    service_cidr_is_outside_the_virtual_network,
    pod_and_service_cidr_lie_apart,
    ranges_are_outside_peered_networks,
    ranges_are_outside_on_premises_networks,
    pod_cidr_is_no_other_clusters,
    on_premises_ranges_are_known,
)
