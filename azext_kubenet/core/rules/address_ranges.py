"""Rules of each range by itself: the subnet's place, pods, services, and what is reserved. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from ..addresses.prefixes import (
    PrefixIndex,
    largest_block,
    overlapping,
    overlaps_with,
    smallest_prefix_length,
    usable_addresses,
)
from ..azure import limits
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import text_of
from ..azure.unreadable import Unreadable
from ..clusters.gateways import on_premises_ranges
from ..clusters.request import ClusterRequest
from ..plan.address_choice import subnet_room
from ..plan.subnets import demands_of, place
from .repairs import ANOTHER_NETWORK, ANOTHER_SUBNET, Pin, Replan
from .rule import Confirmation, Evidence, NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule
from .without_command import DESCRIPTION

if TYPE_CHECKING:
    from ..azure.links import NetworkGateway
    from ..azure.route_tables import RouteTable

ADDRESS_PLANNING: Final = "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning"
CNI_OVERVIEW: Final = "https://learn.microsoft.com/azure/aks/concepts-network-cni-overview"
DUAL_STACK: Final = "https://learn.microsoft.com/azure/aks/configure-dual-stack"
NETWORKS_FAQ: Final = "https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq"
OVERLAY: Final = "https://learn.microsoft.com/azure/aks/azure-cni-overlay"
IPV6_BITS: Final = 128
IPV6_NODE_BITS: Final = 16
SHOWN_PREFIXES: Final = 3
OTHER_SERVICES: Final = Replan((Pin.SERVICE_CIDR, Pin.DNS_SERVICE_IP))


@rule(
    code="IP8",
    title="subnet lies inside the virtual network and outside its other subnets",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Choose a free prefix inside one address prefix of the virtual network; "
    "`az aks kubenet plan` without --subnet-prefix proposes one.",
    sources=(NETWORKS_FAQ,),
)
def subnet_lies_in_the_virtual_network(
    subnet: Subnet, virtual_network: VirtualNetwork | Unreadable | None
) -> Iterator[Outcome]:
    """Azure refuses a subnet outside its virtual network (NetcfgInvalidSubnet) or over another one. A subnet that is
    already there has passed that.
    """
    if virtual_network is None or (subnet.id is not None and isinstance(virtual_network, Unreadable)):
        yield NotApplicable(message="Not applicable: there is no virtual network to compare the subnet with.")
        return
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
        return
    if subnet.id is not None:
        message = f"Subnet '{subnet.name}' already exists in virtual network '{virtual_network.name}'."
        yield Confirmation(message=message, resource_id=text_of(subnet.id))
        return
    for prefix in subnet.address_prefixes:
        if not any(prefix.subnet_of(space) for space in overlapping(prefix, virtual_network.address_prefixes)):
            spaces = [str(space) for space in virtual_network.address_prefixes[:SHOWN_PREFIXES]]
            yield Violation(
                message=f"Subnet prefix {prefix} is not inside an address prefix of virtual network "
                f"'{virtual_network.name}' ({', '.join(spaces)}).",
                resource_id=text_of(virtual_network.id),
                evidence={"addressPrefix": str(prefix), "virtualNetwork": spaces},
                replan=ANOTHER_SUBNET,
            )
        overlaps = overlaps_with(prefix)
        for other in virtual_network.subnets:
            for taken in filter(overlaps, other.address_prefixes):
                if other == subnet:
                    continue
                yield Violation(
                    message=f"Subnet prefix {prefix} overlaps {taken} of subnet '{other.name}'.",
                    resource_id=text_of(other.id),
                    evidence={"addressPrefix": str(prefix), "overlaps": str(taken), "subnet": other.name},
                    replan=ANOTHER_SUBNET,
                )


@rule(
    code="IP9",
    title="virtual network has a free block for the subnet",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Add an address prefix to the virtual network, plan fewer nodes, or use another network.",
    sources=(ADDRESS_PLANNING, NETWORKS_FAQ),
)
def virtual_network_has_room(
    cluster: ClusterRequest, virtual_network: VirtualNetwork, subnet: Subnet | Unreadable | None
) -> Iterator[Outcome]:
    """A subnet is one aligned block inside one address prefix, and free of other subnets, of given pods and services,
    and of what Azure reserves. What lies on-premises or in a peer takes no room: OVL6 and OVL5 warn of that.
    """
    if isinstance(subnet, Unreadable) or (subnet is not None and subnet.id is not None):
        yield NotApplicable(message="Not applicable: the subnet already exists.")
        return
    wanted, others = demands_of(cluster)[0], virtual_network
    if subnet is not None:
        others = replace(virtual_network, subnets=tuple(each for each in virtual_network.subnets if each != subnet))
    else:
        placed = place(virtual_network, cluster, live=None if virtual_network.id is None else virtual_network)
        if placed.lacking is not None:
            wanted, others = placed.lacking, placed.network
    prefix_length = smallest_prefix_length(wanted.required_addresses)
    largest = largest_block(subnet_room(others, cluster))
    if largest is not None and prefix_length is not None and largest.prefixlen <= prefix_length:
        message = f"Virtual network '{virtual_network.name}' has a free /{prefix_length}."
        yield Confirmation(message=message, resource_id=text_of(virtual_network.id))
        return
    if subnet is not None:
        yield NotApplicable(message="Not applicable: the prefix of the subnet is given.")
        return
    yield _no_room(wanted, others, prefix_length=prefix_length, largest=largest)


def _no_room(
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork,
    *,
    prefix_length: int | None,
    largest: IPv4Network | None,
) -> Violation:
    usable = 0 if largest is None else usable_addresses(largest.prefixlen)
    nodes = max(0, usable - cluster.required_addresses + cluster.peak_nodes)
    if not virtual_network.address_prefixes:
        room = "it has no IPv4 address prefix"
    elif largest is None:
        room = "nothing in it is free"
    else:
        room = f"the largest free block is {largest}, which holds {nodes} nodes, surge included"
    takers = _takers(virtual_network, cluster)
    taken = f" Taken by {_listed(takers)}." if takers else ""
    own = cluster.node_pools[0].subnet
    whose = "the cluster" if own is None else f"subnet '{own}'"
    wanted = "block that large" if prefix_length is None else f"/{prefix_length}"
    return Violation(
        message=f"Virtual network '{virtual_network.name}' has no free {wanted}, which the "
        f"{cluster.required_addresses} addresses of {whose} need: {room}.{taken}",
        resource_id=text_of(virtual_network.id),
        evidence={
            "requiredAddresses": cluster.required_addresses,
            "requiredPrefixLength": prefix_length,
            "largestFreeBlock": None if largest is None else str(largest),
            "usableAddresses": usable,
            "maxNodes": nodes,
            "takenBy": takers[:SHOWN_PREFIXES],
        },
        replan=None if prefix_length is None else ANOTHER_NETWORK,
    )


def _takers(virtual_network: VirtualNetwork, cluster: ClusterRequest) -> tuple[str, ...]:
    """What takes room of the virtual network, in words."""
    taking = [(f"subnet '{each.name}'", prefix) for each in virtual_network.subnets for prefix in each.address_prefixes]
    taking += [("the service CIDR", cluster.service_cidr)] if cluster.service_cidr else []
    taking += [("the pod CIDR", cluster.pod_cidr)] if cluster.pod_cidr else []
    taking += [("what AKS reserves", each) for each in limits.AKS_RESERVED_RANGES]
    taking += [("what Azure reserves", each) for each in limits.VNET_RESERVED_RANGES]
    spaces = PrefixIndex(virtual_network.address_prefixes)
    return tuple(f"{what} {prefix}" for what, prefix in taking if any(True for _ in spaces.overlapping(prefix)))


def _listed(takers: tuple[str, ...]) -> str:
    """The first of them, and how many more there are."""
    more = len(takers) - SHOWN_PREFIXES
    return ", ".join(takers[:SHOWN_PREFIXES]) + (f" and {more} more" if more > 0 else "")


@rule(
    code="POD2",
    title="IPv6 pod CIDR leaves every node a block for its pods",
    severity=Severity.WARNING,
    stage=Stage.CREATE,
    remediation="Use Azure CNI Overlay for dual stack; on kubenet, use an IPv6 pod CIDR of /64.",
    when_running="Plan the move to Azure CNI Overlay, which documents dual stack: kubenet's ranges cannot be changed.",
    no_command=DESCRIPTION,
    sources=("https://github.com/Azure/AKS/issues/5120", DUAL_STACK),
)
def ipv6_pod_cidr_leaves_node_blocks(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Dual stack on kubenet exists, and is no longer documented as supported. A node's block is 16 bits longer than the
    pod CIDR: /80 of a /64. The longer the pod CIDR, the fewer pods a node can address; from /113 on there is no block.
    """
    if not cluster.ipv6_pod_cidrs and "IPv6" not in cluster.ip_families:
        yield NotApplicable(message="Not applicable: neither IPv6 nor an IPv6 pod CIDR is requested.")
        return
    yield Violation(
        message="Dual stack on kubenet can be created, but AKS no longer documents it: its dual stack is Azure CNI "
        "Overlay's.",
        evidence={"ipFamilies": cluster.ip_families},
    )
    most_pods = max((pool.pods_per_node for pool in cluster.node_pools), default=0)
    for pod_cidr in cluster.ipv6_pod_cidrs:
        node_prefix = pod_cidr.prefixlen + IPV6_NODE_BITS
        evidence: Evidence = {"podCidr": str(pod_cidr), "nodePrefixLength": node_prefix}
        if node_prefix <= IPV6_BITS and 1 << (IPV6_BITS - node_prefix) >= most_pods:
            yield Confirmation(
                message=f"IPv6 pod CIDR {pod_cidr} gives every node a /{node_prefix}.", evidence=evidence
            )
        else:
            yield Violation(
                message=f"IPv6 pod CIDR {pod_cidr} would give every node a /{node_prefix}, "
                f"which is too small for {most_pods} pods.",
                evidence=evidence,
            )


@rule(
    code="SVC1",
    title=f"service CIDR is smaller than a /{limits.SHORTEST_SERVICE_PREFIX}",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation=f"Use a service CIDR of /16, or of any size below /{limits.SHORTEST_SERVICE_PREFIX}.",
    when_running="Recreate the cluster with a smaller range: a service CIDR cannot be changed.",
    sources=(ADDRESS_PLANNING,),
)
def service_cidr_is_small_enough(cluster: ClusterRequest) -> Iterator[Outcome]:
    """AKS refuses service ranges larger than a /{limits.SHORTEST_SERVICE_PREFIX}. Its documentation asks for less than
    that, so that this size itself is only warned about.
    """
    service_cidr = cluster.effective_service_cidr
    if service_cidr.prefixlen <= limits.SHORTEST_SERVICE_PREFIX:
        exact = service_cidr.prefixlen == limits.SHORTEST_SERVICE_PREFIX
        yield Violation(
            message=f"Service CIDR {service_cidr} is a /{service_cidr.prefixlen}; "
            f"it has to be smaller than a /{limits.SHORTEST_SERVICE_PREFIX}.",
            evidence={"serviceCidr": str(service_cidr), "limit": limits.SHORTEST_SERVICE_PREFIX},
            replan=OTHER_SERVICES,
            severity=Severity.WARNING if exact else None,
        )


@rule(
    code="SVC2",
    title=f"IPv6 service CIDR is no larger than a /{limits.SHORTEST_IPV6_SERVICE_PREFIX}",
    severity=Severity.ERROR,
    stage=Stage.CREATE,
    remediation=f"Use an IPv6 service CIDR of /{limits.SHORTEST_IPV6_SERVICE_PREFIX} or smaller.",
    when_running="Recreate the cluster with a smaller range: a service CIDR cannot be changed.",
    no_command=DESCRIPTION,
    sources=(DUAL_STACK,),
)
def ipv6_service_cidr_is_small_enough(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Kubernetes keeps a bitmap of service addresses, which limits the range to 20 bits."""
    if not cluster.ipv6_service_cidrs:
        yield NotApplicable(message="Not applicable: no IPv6 service CIDR is given.")
    for service_cidr in cluster.ipv6_service_cidrs:
        if service_cidr.prefixlen < limits.SHORTEST_IPV6_SERVICE_PREFIX:
            yield Violation(
                message=f"IPv6 service CIDR {service_cidr} is a /{service_cidr.prefixlen}; "
                f"/{limits.SHORTEST_IPV6_SERVICE_PREFIX} is the largest.",
                evidence={"serviceCidr": str(service_cidr), "limit": limits.SHORTEST_IPV6_SERVICE_PREFIX},
            )


@rule(
    code="SVC3",
    title="DNS service address is a usual one of the service CIDR",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Use the tenth address of the service CIDR as --dns-service-ip, or omit the argument.",
    when_running="Configure tools that expect the usual address: that of a cluster cannot be changed.",
    sources=(
        ADDRESS_PLANNING,
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/error-code-dnsserviceipoutofservicecidr",
    ),
)
def dns_service_ip_is_in_the_service_cidr(cluster: ClusterRequest) -> Iterator[Outcome]:
    """The address has to be in the service CIDR, and the first one there belongs to kubernetes.default. Another than
    the tenth works, but is not what Kubernetes tools expect.
    """
    address, service_cidr = cluster.effective_dns_service_ip, cluster.effective_service_cidr
    offset = int(address) - int(service_cidr.network_address)
    if address not in service_cidr:
        problem, severity = "lies outside it", Severity.ERROR
    elif offset <= 1:
        problem, severity = "is its first address, which kubernetes.default takes", Severity.ERROR
    elif offset != limits.DNS_SERVICE_OFFSET:
        problem, severity = (
            f"is not its tenth, {service_cidr.network_address + limits.DNS_SERVICE_OFFSET}",
            Severity.WARNING,
        )
    else:
        return
    if cluster.runs and cluster.dns_service_ip is not None:
        severity = Severity.WARNING  # the service took it, and the cluster runs with it
    yield Violation(
        message=f"DNS service address {address} for service CIDR {service_cidr} {problem}.",
        evidence={"dnsServiceIp": str(address), "serviceCidr": str(service_cidr)},
        replan=Replan((Pin.DNS_SERVICE_IP,)),
        severity=severity,
    )


@rule(
    code="RES1",
    title="no range touches what AKS reserves",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Choose a range outside " + ", ".join(str(each) for each in limits.AKS_RESERVED_RANGES) + ".",
    when_running="Remove the range from the virtual network once no subnet is in it. The pod and service CIDRs "
    "cannot be changed, and AKS tolerates those of clusters that run.",
    sources=(CNI_OVERVIEW, "https://github.com/MicrosoftDocs/azure-docs/issues/80401"),
)
def ranges_avoid_what_aks_reserves(
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork | Unreadable | None,
    gateways: tuple[NetworkGateway, ...] | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
) -> Iterator[Outcome]:
    """Pods, services and the virtual network may not touch AKS's own ranges; any overlap counts, so that a range that
    contains one of them is invalid too. AKS uses {limits.AKS_RESERVED_RANGES[1]} and {limits.AKS_RESERVED_RANGES[2]}
    itself, so what has such an address on-premises or in a peer may not be reached from the cluster: a warning.
    """
    ranges: list[tuple[str, IPv4Network, VirtualNetwork | None, Replan]] = [
        ("Pod CIDR", cluster.effective_pod_cidr, None, Replan((Pin.POD_CIDR,))),
        ("Service CIDR", cluster.effective_service_cidr, None, OTHER_SERVICES),
    ]
    if isinstance(virtual_network, VirtualNetwork):
        spaces = virtual_network.address_prefixes
        ranges += [(_of(virtual_network), prefix, virtual_network, ANOTHER_NETWORK) for prefix in spaces]
    for label, network, owner, replan in ranges:
        for reserved in overlapping(network, limits.AKS_RESERVED_RANGES):
            spared = cluster.runs and owner is None
            yield _reserved(label, network, reserved, owner, "AKS", warns=spared)._replace(replan=replan)
    for remote in on_premises_ranges(cluster, gateways, route_table):
        label = f"{remote.what.capitalize()} {remote.network} ({remote.origin})"
        yield from _remote_and_reserved(label, remote.network, remote.resource_id)
    for peering in virtual_network.peerings if isinstance(virtual_network, VirtualNetwork) else ():
        for prefix in peering.remote_address_prefixes:
            yield from _remote_and_reserved(f"Range {prefix} of peering '{peering.name}'", prefix)
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)
    further = (each for each in (gateways, route_table) if isinstance(each, Unreadable))
    yield from (Unknown(cause=each, severity=Severity.WARNING) for each in further)


def _remote_and_reserved(label: str, network: IPv4Network, resource_id: str | None = None) -> Iterator[Violation]:
    for reserved in overlapping(network, limits.AKS_ROUTED_RANGES):
        yield Violation(
            message=f"{label} overlaps {reserved}, which AKS uses itself; resources with such an address there may be "
            "unreachable from the cluster.",
            resource_id=resource_id,
            evidence={"addressPrefix": str(network), "overlaps": str(reserved)},
            severity=Severity.WARNING,
            remediation="Reach what is needed there through other addresses, or use another kind of cluster network.",
        )


@rule(
    code="RES2",
    title="virtual network stays out of what Azure reserves",
    severity=Severity.ERROR,
    stage=Stage.PLAN,
    remediation="Choose a virtual network in private address space.",
    when_running="Remove the range from the virtual network once no subnet is in it.",
    sources=(NETWORKS_FAQ,),
)
def virtual_network_avoids_what_azure_reserves(virtual_network: VirtualNetwork) -> Iterator[Outcome]:
    """Azure refuses multicast, broadcast, loopback and {limits.PLATFORM_ADDRESS}, its own address for DNS and health
    probes.
    """
    for prefix in virtual_network.address_prefixes:
        for reserved in overlapping(prefix, limits.VNET_RESERVED_RANGES):
            found = _reserved(_of(virtual_network), prefix, reserved, virtual_network, "Azure")
            yield found._replace(replan=ANOTHER_NETWORK)


@rule(
    code="RES3",
    title="pod CIDR is private address space",
    severity=Severity.WARNING,
    stage=Stage.PLAN,
    remediation="Use a pod CIDR of " + ", ".join(str(each) for each in limits.PRIVATE_RANGES) + ".",
    when_running="Reach the owners of these addresses through a proxy: the pod CIDR cannot be changed.",
    sources=(OVERLAY, "https://www.rfc-editor.org/rfc/rfc1918", "https://www.rfc-editor.org/rfc/rfc6598"),
)
def pod_cidr_is_private(cluster: ClusterRequest) -> Iterator[Outcome]:
    """Public addresses as pod addresses are unsupported, though not blocked: the real owners of those addresses cannot
    be reached from the cluster.
    """
    pod_cidr = cluster.effective_pod_cidr
    if not any(pod_cidr.subnet_of(private) for private in limits.PRIVATE_RANGES):
        yield Violation(
            message=f"Pod CIDR {pod_cidr} is outside RFC 1918 and RFC 6598.",
            evidence={"podCidr": str(pod_cidr)},
            replan=Replan((Pin.POD_CIDR,)),
        )


def _of(virtual_network: VirtualNetwork) -> str:
    return f"Prefix of virtual network '{virtual_network.name}'"


def _reserved(
    label: str,
    network: IPv4Network,
    reserved: IPv4Network,
    owner: VirtualNetwork | None,
    who: str,
    *,
    warns: bool = False,
) -> Violation:
    return Violation(
        message=f"{label} {network} overlaps {reserved}, which {who} reserves.",
        resource_id=None if owner is None else text_of(owner.id),
        evidence={"addressPrefix": str(network), "overlaps": str(reserved)},
        severity=Severity.WARNING if warns else None,
    )


RULES: Final = (
    subnet_lies_in_the_virtual_network,
    virtual_network_has_room,
    ipv6_pod_cidr_leaves_node_blocks,
    service_cidr_is_small_enough,
    ipv6_service_cidr_is_small_enough,
    dns_service_ip_is_in_the_service_cidr,
    ranges_avoid_what_aks_reserves,
    virtual_network_avoids_what_azure_reserves,
    pod_cidr_is_private,
)
