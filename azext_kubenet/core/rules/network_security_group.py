"""Rules of the network security group on the subnet: what it denies of the cluster's own traffic. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from itertools import product
from typing import Final

from ..addresses.intervals import subtract, union
from ..azure import limits
from ..azure.az_words import az, group_of
from ..azure.managed_clusters import RunningCluster
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.route_tables import RouteTable
from ..azure.security_rules import NetworkSecurityGroup, SecurityRule
from ..azure.unreadable import Unreadable
from ..clusters.pool_subnets import subnets_of_cluster
from ..clusters.request import ClusterRequest
from ..security_groups.blocked_flows import (
    ALL_PORTS,
    Analysis,
    Direction,
    Region,
    Traffic,
    Verdict,
    blocked_flows,
    public_endpoint,
    region,
)
from ..security_groups.service_tags import ServiceTags, ports, service_tags
from .rule import Evidence, NotApplicable, Outcome, Severity, Stage, Unknown, Violation, rule

CLIENT_PORTS: Final = (limits.FIRST_CLIENT_PORT, ALL_PORTS[1])
WITH_PORTS: Final = ("Tcp", "Udp")
WHOLE: Final = ((ALL_PORTS[0], ALL_PORTS[1] + 1),)

_CLOUDS_THAT_NEED_TIME: Final = ("china", "usgov", "usdod")
"""How the regions begin whose nodes need UDP 123; elsewhere nodes made since March 2021 do not.
Source: https://learn.microsoft.com/azure/aks/outbound-rules-control-egress"""


@rule(
    code="NSG1",
    title="network security group allows all traffic between nodes and pods",
    severity=Severity.ERROR,
    stage=Stage.VALIDATE,
    remediation="Allow all traffic among the subnet's prefixes and the pod CIDR, in both directions, by a rule that "
    "comes before the one that denies; to separate pods use network policies.",
    sources=(
        "https://learn.microsoft.com/azure/aks/configure-kubenet",
        "https://learn.microsoft.com/azure/aks/azure-cni-overlay",
        "https://learn.microsoft.com/azure/virtual-network/service-tags-overview",
        "https://learn.microsoft.com/azure/virtual-network/application-security-groups",
        "https://github.com/Azure/AKS/issues/4402",
    ),
)
def network_security_group_allows_nodes_and_pods(
    cluster: ClusterRequest,
    subnet: Subnet,
    network_security_group: NetworkSecurityGroup | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
    running_cluster: RunningCluster | Unreadable | None,
    further_subnets: tuple[Subnet, ...] | Unreadable | None,
    further_security_groups: tuple[NetworkSecurityGroup, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """AKS does not change the security group of the subnet, and does not support a group that blocks nodes or pods.

    On kubenet pod addresses cross it unchanged. Judged as Azure does, by priority, in both directions. An error is what
    cuts off nodes from nodes or pods, or pods from pods: all ports of a protocol, DNS, or the kubelet's. Other ports
    alone are a warning, and so is the way from pods to nodes alone, as the sources differ on whether nodes stand in for
    their pods there. The tag VirtualNetwork includes the prefixes of user-defined routes, and so the pod CIDR once the
    cluster's routes are there. A rule for an application security group matches nodes that are in it, and no pod. Where
    the cluster has several subnets, the group on each has to let through what goes between its nodes and all.
    """
    places = subnets_of_cluster(subnet, further_subnets, running_cluster)
    guards = tuple(_guards(subnet, places, network_security_group, further_security_groups))
    everywhere = tuple(prefix for place in places for prefix in place.address_prefixes)
    tags = _tags(cluster, everywhere, virtual_network, route_table)
    for guarded, group in guards:
        yield from _between_nodes_and_pods(guarded, group, everywhere, cluster.effective_pod_cidr, tags)
    yield from _unguarded(guards, network_security_group, further_security_groups, further_subnets)


def _guards(
    subnet: Subnet,
    places: tuple[Subnet, ...],
    group: NetworkSecurityGroup | Unreadable | None,
    further: tuple[NetworkSecurityGroup, ...] | Unreadable | None,
) -> Iterator[tuple[Subnet, NetworkSecurityGroup]]:
    """Each subnet of the cluster with the security group on it; `group` is that of `subnet`."""
    known = [*([group] if isinstance(group, NetworkSecurityGroup) else []), *_read(further)]
    for place in places:
        wanted = group if place is subnet else None
        found = wanted or next((each for each in known if each.id == place.network_security_group_id), None)
        if isinstance(found, NetworkSecurityGroup):
            yield place, found


def _read(groups: tuple[NetworkSecurityGroup, ...] | Unreadable | None) -> tuple[NetworkSecurityGroup, ...]:
    return groups if isinstance(groups, tuple) else ()


def _unguarded(guards: Sequence[object], *facts: object) -> Iterator[Outcome]:
    """What could not be read of the groups; where there is none on any subnet, that."""
    hidden = [each for each in facts if isinstance(each, Unreadable)]
    yield from (Unknown(cause=each) for each in hidden)
    if not guards and not hidden:
        yield NotApplicable(message="Not applicable: no network security group to look at.")


def _between_nodes_and_pods(
    subnet: Subnet,
    group: NetworkSecurityGroup,
    everywhere: tuple[IPv4Network, ...],
    pod_cidr: IPv4Network,
    tags: ServiceTags,
) -> Iterator[Outcome]:
    """What the group on `subnet` denies of the traffic of its nodes with those `everywhere`, and of all pods."""
    here, nodes, pods = (
        *(region("nodes", prefixes) for prefixes in (subnet.address_prefixes, everywhere)),
        region("pods", (pod_cidr,)),
    )
    ways = tuple(_flows(here, nodes, pods))
    analysis = blocked_flows(group, _traffic(ways), tags)
    vital = _Vital(group, tags, [each for each in ways if (each[1].name, each[2].name) != ("pods", "nodes")], analysis)
    prefixes = tuple(str(each) for each in (*everywhere, pod_cidr))
    repairs = {way: _Repair(group, way, analysis) for way in Direction}
    for verdict in analysis.denied:
        denial, repair = verdict.rule, repairs[Direction(verdict.rule.direction.capitalize())]
        flows = _flow_names(verdict)
        yield Violation(
            message=f"Rule '{denial.name}' of network security group '{group.id.name}' (priority {denial.priority}, "
            f"{denial.direction.lower()}) denies traffic {', '.join(flows)}, for example {verdict.example}; "
            f"nodes ({', '.join(prefixes[:-1])}) and pods ({pod_cidr}) must reach each other.",
            resource_id=str(group.id),
            evidence={**_rule_evidence(verdict), "flows": flows, "example": str(verdict.example)},
            severity=None if denial in vital.denied else Severity.WARNING,
            remediation=repair.remediation,
            commands=repair.commands(prefixes),
        )
    yield from _undecided(group, analysis, "traffic between nodes and pods", vital.undecided)


_Flow = tuple[Direction, Region, Region]


def _flows(here: Region, nodes: Region, pods: Region) -> Iterator[_Flow]:
    """A group sees what leaves the nodes of its subnet, and their pods, and what comes to them."""
    for source, target in product((here, pods), (nodes, pods)):
        yield Direction.OUTBOUND, source, target
    for source, target in product((nodes, pods), (here, pods)):
        yield Direction.INBOUND, source, target


def _traffic(flows: Iterable[_Flow], **rest: object) -> Iterator[Traffic]:
    for way, source, destination in flows:
        yield replace(Traffic(direction=way, source=source, destination=destination), **rest)  # type: ignore[arg-type] # the caller names the fields


class _Vital:
    """The rules that deny, or may deny, traffic without which there is no cluster."""

    def __init__(
        self, group: NetworkSecurityGroup, tags: ServiceTags, flows: Sequence[_Flow], analysis: Analysis
    ) -> None:
        self.denied: frozenset[SecurityRule] = frozenset()
        self.undecided: frozenset[SecurityRule] = frozenset()
        if not (analysis.denied or analysis.undecided):
            return
        dns, kubelet = (limits.DNS_PORT,) * 2, (limits.KUBELET_PORT,) * 2
        single = (
            *_traffic(flows, protocols=WITH_PORTS, source_ports=CLIENT_PORTS, destination_ports=dns),
            *_traffic(flows, protocols=("Tcp",), source_ports=CLIENT_PORTS, destination_ports=kubelet),
        )
        of_single = blocked_flows(group, single, tags)
        of_any = blocked_flows(group, _traffic(flows, source_ports=CLIENT_PORTS), tags)
        self.denied = _rules(of_single.denied) | _of_every_port(of_any.denied)
        self.undecided = _rules(of_single.undecided) | _of_every_port(of_any.undecided)


def _rules(verdicts: Iterable[Verdict]) -> frozenset[SecurityRule]:
    return frozenset(verdict.rule for verdict in verdicts)


def _of_every_port(verdicts: Iterable[Verdict]) -> frozenset[SecurityRule]:
    """Those of the rules that take every destination port, whatever rules before them leave of it.

    A rule for some ports alone is none for the protocols that have no ports.
    """
    return frozenset(
        each
        for each in _rules(verdicts)
        if not subtract(WHOLE, union(interval for text in each.destination_ports for interval in ports(text).certain))
    )


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
    no_command="Which of the denied traffic may pass is up to whoever wrote the rule.",
    sources=(
        "https://learn.microsoft.com/azure/aks/outbound-rules-control-egress",
        "https://learn.microsoft.com/azure/virtual-network/service-tags-overview",
    ),
)
def network_security_group_allows_egress(
    cluster: ClusterRequest,
    subnet: Subnet,
    network_security_group: NetworkSecurityGroup | Unreadable | None,
    virtual_network: VirtualNetwork | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
    running_cluster: RunningCluster | Unreadable | None,
    further_subnets: tuple[Subnet, ...] | Unreadable | None,
    further_security_groups: tuple[NetworkSecurityGroup, ...] | Unreadable | None,
) -> Iterator[Outcome]:
    """Nodes need the API server, the Microsoft container registry, Azure Resource Manager and Microsoft Entra.

    All of them by HTTPS, at addresses that AKS documents as names only, so a security group cannot list them. Custom
    DNS servers must answer by UDP and TCP, and in the clouds of China and US Government nodes also ask for the time.
    Azure's own DNS and instance metadata are reached past every rule but those that name their service tags.
    """
    places = subnets_of_cluster(subnet, further_subnets, running_cluster)
    guards = tuple(_guards(subnet, places, network_security_group, further_security_groups))
    everywhere = tuple(prefix for place in places for prefix in place.address_prefixes)
    tags = _tags(cluster, everywhere, virtual_network, route_table, _dns_servers(virtual_network))
    for guarded, group in guards:
        yield from _egress_of(guarded, group, cluster, virtual_network, tags)
    yield from _unguarded(guards, network_security_group, further_security_groups, further_subnets)
    if guards and isinstance(virtual_network, Unreadable):
        yield Unknown(cause=virtual_network)


def _egress_of(
    subnet: Subnet,
    group: NetworkSecurityGroup,
    cluster: ClusterRequest,
    virtual_network: VirtualNetwork | Unreadable | None,
    tags: ServiceTags,
) -> Iterator[Outcome]:
    nodes, servers = region("nodes", subnet.address_prefixes), _dns_servers(virtual_network)
    needed = [(need, group) for need in _required_egress(_location(cluster, virtual_network), servers, tags)]
    needed += [(need, _only_rules_of(group, tag)) for tag, need in _platform_egress(_uses_azure_dns(virtual_network))]
    for need, judged in needed:
        traffic = Traffic(
            direction=Direction.OUTBOUND,
            source=nodes,
            destination=need.place,
            protocols=(need.protocol,),
            source_ports=CLIENT_PORTS,
            destination_ports=(need.port, need.port),
        )
        analysis = blocked_flows(judged, (traffic,), tags)
        wanted = f"{need.protocol.upper()} {need.port} to {need.place.name}"
        for verdict in analysis.denied:
            yield Violation(
                message=f"Rule '{verdict.rule.name}' of network security group '{group.id.name}' (priority "
                f"{verdict.rule.priority}, outbound) denies {wanted}, which nodes need: {need.reason}.",
                resource_id=str(group.id),
                evidence={**_rule_evidence(verdict), "required": wanted},
            )
        yield from _undecided(group, analysis, wanted)


def _tags(
    cluster: ClusterRequest,
    nodes: tuple[IPv4Network, ...],
    virtual_network: VirtualNetwork | Unreadable | None,
    route_table: RouteTable | Unreadable | None,
    servers: Iterable[IPv4Address] = (),
) -> ServiceTags:
    """What could not be read is left out: nodes and pods are in `VirtualNetwork` without it."""
    on_premises = (each for each in servers if any(each in private for private in limits.PRIVATE_RANGES))
    return service_tags(
        nodes=nodes,
        pods=(cluster.effective_pod_cidr,),
        others=map(IPv4Network, on_premises),
        node_groups=cluster.application_security_groups,
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


class _Repair:
    """The allowance before every denial of a direction, or which rule has to make room for it."""

    def __init__(self, group: NetworkSecurityGroup, direction: Direction, analysis: Analysis) -> None:
        def of_direction(rules: Iterable[SecurityRule]) -> list[SecurityRule]:
            return [each for each in rules if each.direction.lower() == direction.value.lower()]

        self._group, self._direction = group, direction
        used = {each.priority for each in of_direction(group.rules)}
        denying = of_direction(verdict.rule for verdict in analysis.denied)
        self._first = min(denying, key=lambda each: each.priority, default=None)
        last = limits.LAST_SECURITY_RULE_PRIORITY
        start = last if self._first is None else min(last, self._first.priority - 1)
        everything = range(limits.FIRST_SECURITY_RULE_PRIORITY, last + 1)
        self._free = next((each for each in reversed(everything) if each <= start and each not in used), None)
        self._later = next((each for each in everything if each > start and each not in used), None)

    @property
    def remediation(self) -> str | None:
        """What to do where no priority before the denial is free; None where the command does it."""
        if self._free is not None or self._first is None:
            return None
        room = "another priority" if self._later is None else f"priority {self._later}"
        return (
            f"Move rule '{self._first.name}' from priority {self._first.priority} to {room}, as none before it is "
            "free, then allow all traffic among the subnet's prefixes and the pod CIDR by a rule in its place."
        )

    def commands(self, prefixes: Iterable[str]) -> tuple[str, ...]:
        """The command that makes the allowance; none where no priority is free."""
        if self._free is None:
            return ()
        command = az(
            *("network", "nsg", "rule", "create"),
            **group_of(self._group.id),
            nsg_name=self._group.id.name,
            name=f"AllowKubenet{self._direction.value}",
            priority=self._free,
            direction=self._direction.value,
            access="Allow",
            protocol="*",
            source_address_prefixes=prefixes,
            source_port_ranges="*",
            destination_address_prefixes=prefixes,
            destination_port_ranges="*",
        )
        return (command,)


def _undecided(
    group: NetworkSecurityGroup, analysis: Analysis, wanted: str, vital: frozenset[SecurityRule] | None = None
) -> Iterator[Outcome]:
    """What depends on rules that cannot be told; a warning where none of them is `vital`."""
    denying = _rules(analysis.denied)
    unsure = [each.rule for each in analysis.undecided if each.rule not in denying]
    if unsure:
        names = ", ".join(f"'{each.name}'" for each in unsure)
        reason = (
            f"{wanted} depends on {names} of network security group '{group.id.name}', which name "
            "application security groups, public service tags or addresses that cannot be compared."
        )
        minor = vital is not None and vital.isdisjoint(unsure)
        cause = Unreadable(reason=reason, resource_id=str(group.id))
        yield Unknown(cause=cause, severity=Severity.WARNING if minor else None)
    if not analysis.complete:
        reason = f"the rules of network security group '{group.id.name}' are too entangled to be checked in full."
        yield Unknown(cause=Unreadable(reason=reason, resource_id=str(group.id)))


def _location(cluster: ClusterRequest, virtual_network: VirtualNetwork | Unreadable | None) -> str:
    return cluster.location or (virtual_network.location if isinstance(virtual_network, VirtualNetwork) else "")


def _dns_servers(virtual_network: VirtualNetwork | Unreadable | None) -> tuple[IPv4Address, ...]:
    """The network's own DNS servers."""
    found: list[IPv4Address] = []
    for text in virtual_network.custom_dns_servers if isinstance(virtual_network, VirtualNetwork) else ():
        with suppress(ValueError):
            found.append(IPv4Address(text))
    return tuple(found)


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
    for server, protocol in product(servers, WITH_PORTS[::-1]):
        yield _Requirement(
            protocol=protocol,
            port=limits.DNS_PORT,
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


def _uses_azure_dns(virtual_network: VirtualNetwork | Unreadable | None) -> bool:
    """Whether Azure's DNS answers the nodes: where the network names no other server, or names it too."""
    named = virtual_network.dns_servers if isinstance(virtual_network, VirtualNetwork) else ()
    return not named or str(limits.PLATFORM_ADDRESS) in named


def _platform_egress(uses_azure_dns: bool) -> Iterator[tuple[str, _Requirement]]:
    """What is reached past all rules that do not name its tag.

    Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#azure-platform-considerations
    """
    for protocol in WITH_PORTS[::-1] if uses_azure_dns else ():
        yield (
            "azureplatformdns",
            _Requirement(
                protocol=protocol,
                port=limits.DNS_PORT,
                place=region("Azure's DNS", (IPv4Network(limits.PLATFORM_ADDRESS),)),
                reason="the virtual network names no other DNS server",
            ),
        )
    yield (
        "azureplatformimds",
        _Requirement(
            protocol="Tcp",
            port=80,
            place=region("the instance metadata service (IMDS)", (IPv4Network(limits.METADATA_ADDRESS),)),
            reason="they get their tokens and their own description there",
        ),
    )


def _only_rules_of(group: NetworkSecurityGroup, tag: str) -> NetworkSecurityGroup:
    """The group as it is for a platform service: its rules for that tag, and the rest allowed."""
    rules = tuple(each for each in group.rules if tag in {text.strip().lower() for text in each.destination_prefixes})
    allow = SecurityRule(
        name="platform",
        priority=limits.LAST_SECURITY_RULE_PRIORITY + 1,
        direction=Direction.OUTBOUND.value,
        access="Allow",
        protocol="*",
        source_prefixes=("*",),
        source_ports=("*",),
        destination_prefixes=("*",),
        destination_ports=("*",),
    )
    return replace(group, rules=rules, default_rules=(allow,))


RULES: Final = (
    network_security_group_allows_nodes_and_pods,
    network_security_group_allows_egress,
)
