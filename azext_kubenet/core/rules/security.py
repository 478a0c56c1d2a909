"""Rules about what stands in the way of the cluster's traffic and writes: security groups, locks, policies. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import chain, product
from typing import Final

from ..azure import limits
from ..azure.az_words import az, group_of
from ..azure.model import (
    Lock,
    NetworkSecurityGroup,
    PolicyState,
    RouteTable,
    SecurityRule,
    Subnet,
    Unreadable,
    VirtualNetwork,
)
from ..azure.resource_id import scope_covers
from ..clusters.request import ClusterRequest
from ..security_groups.blocked_flows import (
    Analysis,
    Direction,
    Region,
    Traffic,
    Verdict,
    blocked_flows,
    public_endpoint,
    region,
)
from ..security_groups.service_tags import ServiceTags, service_tags
from .rule import Evidence, Outcome, Severity, Stage, Unknown, Violation, rule

_CLOUDS_THAT_NEED_TIME: Final = ("china", "usgov", "usdod")
"""How the regions begin whose nodes need UDP 123; elsewhere nodes made since March 2021 do not.
Source: https://learn.microsoft.com/azure/aks/outbound-rules-control-egress"""

_REFUSING_EFFECTS: Final = frozenset({"deny", "denyaction", "modify", "append"})
"""Policy effects that refuse or change a write.
Source: https://learn.microsoft.com/azure/governance/policy/concepts/effect-basics"""


@rule(
    code="NSG1",
    title="network security group allows all traffic between nodes and pods",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Allow all traffic among the subnet's prefixes and the pod CIDR, in both directions, by a rule that "
    "comes before the one that denies; to separate pods use network policies.",
    sources=(
        "https://learn.microsoft.com/azure/aks/configure-kubenet",
        "https://learn.microsoft.com/azure/aks/concepts-network",
        "https://learn.microsoft.com/azure/virtual-network/service-tags-overview",
    ),
)
def network_security_group_allows_nodes_and_pods(
    cluster: ClusterRequest,
    subnet: Subnet,
    network_security_group: NetworkSecurityGroup,
    virtual_network: VirtualNetwork | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
) -> Iterator[Outcome]:
    """AKS does not change the security group of the subnet, and does not support that it blocks nodes or pods.

    On kubenet pod addresses cross it unchanged. Judged as Azure does, by priority, for nodes and pods towards nodes
    and pods, every protocol and port, in both directions. The tag VirtualNetwork includes the prefixes of user-defined
    routes, and so the pod CIDR once the cluster's routes are there: the default rules allow pods, a denial above not.
    """
    group, pod_cidr = network_security_group, cluster.effective_pod_cidr
    tags = _tags((*subnet.address_prefixes, pod_cidr), virtual_network, route_table)
    places = (region("nodes", subnet.address_prefixes), region("pods", (pod_cidr,)))
    analysis = blocked_flows(
        group,
        (Traffic(direction=way, source=a, destination=b) for way in Direction for a, b in product(places, repeat=2)),
        tags,
    )
    prefixes = tuple(str(each) for each in (*subnet.address_prefixes, pod_cidr))
    repairs = {way: _allowing(group, way, analysis, prefixes) for way in Direction}
    for verdict in analysis.denied:
        denial = verdict.rule
        flows = _flow_names(verdict)
        yield Violation(
            message=f"Rule '{denial.name}' of network security group '{group.id.name}' (priority {denial.priority}, "
            f"{denial.direction.lower()}) denies traffic {', '.join(flows)}, for example {verdict.example}; "
            f"nodes ({', '.join(prefixes[:-1])}) and pods ({pod_cidr}) must reach each other.",
            resource_id=str(group.id),
            evidence={**_rule_evidence(verdict), "flows": flows, "example": str(verdict.example)},
            commands=repairs[Direction(denial.direction.capitalize())],
        )
    yield from _undecided(group, analysis, "traffic between nodes and pods")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Requirement:
    """Something nodes must reach, by protocol and port."""

    protocol: str
    port: int
    place: Region
    reason: str


@rule(
    code="NSG2",
    title="network security group allows the egress that nodes need",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Allow the outbound traffic by a rule that comes before the one that denies; to filter egress by name, "
    "use a firewall and a default route instead of the security group.",
    sources=("https://learn.microsoft.com/azure/aks/outbound-rules-control-egress",),
)
def network_security_group_allows_egress(
    cluster: ClusterRequest,
    subnet: Subnet,
    network_security_group: NetworkSecurityGroup,
    virtual_network: VirtualNetwork | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
) -> Iterator[Outcome]:
    """Nodes need the API server, the Microsoft container registry, Azure Resource Manager and Microsoft Entra.

    All of them by HTTPS, at addresses that AKS documents as names only, so a security group cannot list them. Custom
    DNS servers must answer, and in the clouds of China and US Government nodes also ask for the time.
    """
    group, servers = network_security_group, _dns_servers(virtual_network)
    on_premises = (each for each in servers if any(each in private for private in limits.PRIVATE_RANGES))
    tags = _tags(
        (*subnet.address_prefixes, cluster.effective_pod_cidr, *map(IPv4Network, on_premises)),
        virtual_network,
        route_table,
    )
    nodes = region("nodes", subnet.address_prefixes)
    for need in _required_egress(_location(cluster, virtual_network), servers, tags):
        traffic = Traffic(
            direction=Direction.OUTBOUND,
            source=nodes,
            destination=need.place,
            protocols=(need.protocol,),
            destination_ports=(need.port, need.port),
        )
        analysis = blocked_flows(group, (traffic,), tags)
        wanted = f"{need.protocol.upper()} {need.port} to {need.place.name}"
        for verdict in analysis.denied:
            yield Violation(
                message=f"Rule '{verdict.rule.name}' of network security group '{group.id.name}' (priority "
                f"{verdict.rule.priority}, outbound) denies {wanted}, which nodes need: {need.reason}.",
                resource_id=str(group.id),
                evidence={**_rule_evidence(verdict), "required": wanted},
            )
        yield from _undecided(group, analysis, wanted)
    if isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)


@rule(
    code="LCK1",
    title="no lock keeps the cluster from writing routes or leaving the subnet",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Remove the lock, or move it to where the cluster writes nothing.",
    sources=("https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources",),
)
def no_lock_on_subnet_or_route_table(
    locks: tuple[Lock, ...] | Unreadable,
    subnet: Subnet,
    route_table_locks: tuple[Lock, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """A ReadOnly lock on the subnet, the route table or above them refuses every route that the cluster writes.

    A CanNotDelete lock lets the cluster be made, but its routes cannot be cleaned up nor the table be detached.
    """
    ids = [each for each in (subnet.id, subnet.route_table_id) if each is not None]
    lists = [each for each in (locks, route_table_locks) if each is not None]
    # a lock above both is in both lists
    for lock in dict.fromkeys(chain.from_iterable(each for each in lists if isinstance(each, tuple))):
        locked = [str(each) for each in ids if scope_covers(lock.scope, str(each))]
        if not locked:
            continue
        read_only = lock.level.lower() == "readonly"
        consequence = "AKS cannot write" if read_only else "AKS can write, but not delete from,"
        lock_id = f"{lock.scope.rstrip('/')}/providers/Microsoft.Authorization/locks/{lock.name}"
        yield Violation(
            message=f"Lock '{lock.name}' ({lock.level}) on {lock.scope}: {consequence} {' and '.join(locked)}.",
            resource_id=lock_id,
            evidence={"lock": lock.name, "level": lock.level, "scope": lock.scope, "locked": locked},
            severity=None if read_only else Severity.WARNING,
            commands=(az("lock", "delete", ids=lock_id),),
        )
    yield from (Unknown(cause=each) for each in lists if isinstance(each, Unreadable))


@rule(
    code="POL1",
    title="no policy refuses or changes writes of network resources",
    severity=Severity.WARNING,
    stage=Stage.VALIDATE,
    remediation="Look at what the policy asks for, and exempt the resource where the cluster's writes cannot meet it.",
    sources=("https://github.com/Azure/AKS/issues/2681",),
)
def no_policy_refuses_network_writes(policy_states: tuple[PolicyState, ...]) -> Iterator[Outcome]:
    """A policy that denies, or sets tags, also judges the route-table writes of the cluster.

    Nodes are then Ready without a route (FailedToCreateRoute), or the write ends in 409 AmbiguousPolicyEvaluationPaths.
    """
    resources: dict[tuple[str, str, str], list[str]] = {}
    for state in policy_states:
        is_network = "/providers/microsoft.network/" in state.resource_id.lower()
        if is_network and state.effect.lower() in _REFUSING_EFFECTS:
            key = (state.assignment_id, state.definition_name, state.effect)
            resources.setdefault(key, []).append(state.resource_id)
    for (assignment, definition, effect), concerned in resources.items():
        yield Violation(
            message=f"Policy '{definition}' with effect {effect} is in force on {', '.join(concerned)}: it may refuse "
            "or change what the cluster writes there.",
            resource_id=assignment,
            evidence={"definition": definition, "effect": effect, "resources": concerned},
        )


def _tags(
    networks: Sequence[IPv4Network],
    virtual_network: VirtualNetwork | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
) -> ServiceTags:
    """What could not be read is left out: nodes and pods are in `VirtualNetwork` without it."""
    return service_tags(
        networks=networks,
        virtual_network=virtual_network if isinstance(virtual_network, VirtualNetwork) else None,
        route_table=route_table if isinstance(route_table, RouteTable) else None,
    )


def _rule_evidence(verdict: Verdict) -> Evidence:
    return {
        "rule": verdict.rule.name,
        "priority": verdict.rule.priority,
        "direction": verdict.rule.direction,
    }


def _flow_names(verdict: Verdict) -> tuple[str, ...]:
    return tuple(f"{each.source.name} -> {each.destination.name}" for each in verdict.traffic)


def _allowing(
    group: NetworkSecurityGroup, direction: Direction, analysis: Analysis, prefixes: Iterable[str]
) -> tuple[str, ...]:
    """The command that puts an allowance before every denial of this direction; none where no priority is free."""

    def priorities(rules: Iterable[SecurityRule]) -> set[int]:
        return {each.priority for each in rules if each.direction.lower() == direction.value.lower()}

    used, denying = priorities(group.rules), priorities(verdict.rule for verdict in analysis.denied)
    last = min((limits.LAST_SECURITY_RULE_PRIORITY, *(each - 1 for each in denying)))
    free = next((each for each in range(last, limits.FIRST_SECURITY_RULE_PRIORITY - 1, -1) if each not in used), None)
    if free is None:
        return ()
    command = az(
        *("network", "nsg", "rule", "create"),
        **group_of(group.id),
        nsg_name=group.id.name,
        name=f"AllowKubenet{direction.value}",
        priority=free,
        direction=direction.value,
        access="Allow",
        protocol="*",
        source_address_prefixes=prefixes,
        source_port_ranges="*",
        destination_address_prefixes=prefixes,
        destination_port_ranges="*",
    )
    return (command,)


def _undecided(group: NetworkSecurityGroup, analysis: Analysis, wanted: str) -> Iterator[Outcome]:
    denying = {verdict.rule for verdict in analysis.denied}
    names = [f"'{each.rule.name}'" for each in analysis.undecided if each.rule not in denying]
    if names:
        reason = (
            f"{wanted} depends on {', '.join(names)} of network security group '{group.id.name}', which name "
            "application security groups, public service tags or addresses that cannot be compared."
        )
        yield Unknown(cause=Unreadable(reason=reason, resource_id=str(group.id)))
    if not analysis.complete:
        reason = f"the rules of network security group '{group.id.name}' are too entangled to look at every part."
        yield Unknown(cause=Unreadable(reason=reason, resource_id=str(group.id)))


def _location(cluster: ClusterRequest, virtual_network: VirtualNetwork | Unreadable | None) -> str:
    return cluster.location or (virtual_network.location if isinstance(virtual_network, VirtualNetwork) else "")


def _dns_servers(virtual_network: VirtualNetwork | Unreadable | None) -> tuple[IPv4Address, ...]:
    """The network's own DNS servers; Azure's is not one, as security groups let its traffic through.

    Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
    """
    found: list[IPv4Address] = []
    for text in virtual_network.dns_servers if isinstance(virtual_network, VirtualNetwork) else ():
        with suppress(ValueError):
            found.append(IPv4Address(text))
    return tuple(each for each in found if each != limits.PLATFORM_ADDRESS)


def _required_egress(location: str, servers: Iterable[IPv4Address], tags: ServiceTags) -> Iterator[_Requirement]:
    """What AKS documents as required for every cluster.

    Source: https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
    """
    yield _Requirement(
        protocol="Tcp",
        port=443,
        place=public_endpoint("public endpoints", tags),
        reason="the API server, the container registry, Azure Resource Manager and Microsoft Entra answer there",
    )
    for server in servers:
        yield _Requirement(
            protocol="Udp",
            port=53,
            place=region(f"the DNS server {server}", (IPv4Network(server),)),
            reason="the virtual network names it as its DNS server",
        )
    if location.replace(" ", "").lower().startswith(_CLOUDS_THAT_NEED_TIME):
        yield _Requirement(
            protocol="Udp",
            port=123,
            place=public_endpoint("time servers", tags),
            reason="they set their clocks there",
        )


RULES: Final = (
    network_security_group_allows_nodes_and_pods,
    network_security_group_allows_egress,
    no_lock_on_subnet_or_route_table,
    no_policy_refuses_network_writes,
)
