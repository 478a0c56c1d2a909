"""The az commands that repair what a rule found, complete and quoted for a POSIX shell. No IO."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from ipaddress import IPv4Network
from typing import Final, NamedTuple

from ..azure import az_words, limits
from ..azure.az_words import Option, az, group_of, kubenet
from ..azure.networks import Subnet, VirtualNetwork
from ..azure.resource_id import ResourceId
from ..clusters.as_options import options_of, private_dns_zone_option
from ..clusters.request import ClusterRequest
from ..plan.next_commands import CLUSTER, GIVEN


def update_subnet(subnet_id: ResourceId | None, **options: Option) -> tuple[str, ...]:
    """The update of a subnet that exists; none for one that is only planned."""
    return () if subnet_id is None else (az_words.update_subnet(subnet_id, **options),)


def associate_route_table(subnet_id: ResourceId | None, route_table_id: ResourceId | None) -> tuple[str, ...]:
    """The association of the table with the subnet, in place of another one."""
    return () if route_table_id is None else update_subnet(subnet_id, route_table=route_table_id)


def write_virtual_network_again(network_id: ResourceId | None) -> tuple[str, ...]:
    """An update that changes nothing: the way to bring a failed network back to Succeeded."""
    return () if network_id is None else (az("network", "vnet", "update", ids=network_id),)


def delete_route(route_id: ResourceId) -> tuple[str, ...]:
    """The deletion of one route, by its id."""
    return (az_words.delete_route(route_id),)


PREPARED: Final = frozenset(("DNS1", "ID1", "ID2", "ID3"))
"""Rules that a preparation repairs, as far as a command can: errors of theirs do not keep it from being told all."""


def prepare_subnet(cluster: ClusterRequest, subnet: Subnet | None, *, described: bool) -> tuple[str, ...]:
    """`az aks kubenet prepare` for the subnet; in its group, for the documentation's cluster, where none is given.

    It is told all of the cluster that was given. Where that is not `described`, because `create` would refuse it, and
    so would the preparation, it is told only whose roles are to be assigned, and where.
    """
    if subnet is None or subnet.id is None:
        return ()
    known = cluster.cluster_id
    tells = described and cluster.pools_in(subnet) and not cluster.application_security_groups
    command = kubenet(
        "prepare",
        **group_of(known or subnet.id),
        cluster_name=CLUSTER if known is None else known.name,
        vnet_subnet_id=subnet.id,
        location=cluster.location if tells else None,
        identity=cluster.identity_id,
        private_dns_zone=private_dns_zone_option(
            is_private=cluster.private_cluster,
            zone_id=cluster.private_dns_zone_id,
            public_only=cluster.public_dns_only,
        ),
        apiserver_subnet_id=cluster.api_server_subnet_id,
        **(options_of(cluster) if tells else {}),
        assign_kubelet_identity=cluster.kubelet_identity_id if tells else None,
    )
    return (command,)


_NEVER: Final = (*limits.AKS_RESERVED_RANGES, *limits.VNET_RESERVED_RANGES)
"""What no plan chooses, and what is no peer's range either."""


class Pin(str, Enum):
    """What a plan was bound to, and would choose itself."""

    VIRTUAL_NETWORK = "virtual network"
    SUBNET = "subnet"
    POD_CIDR = "pod CIDR"
    SERVICE_CIDR = "service CIDR"
    DNS_SERVICE_IP = "DNS service address"


class Replan(NamedTuple):
    """Another plan repairs it: one that is free of these pins and keeps out of these ranges."""

    without: tuple[Pin, ...]
    avoiding: tuple[IPv4Network, ...] = ()


ANOTHER_SUBNET: Final = Replan((Pin.SUBNET,))
ANOTHER_NETWORK: Final = Replan((Pin.VIRTUAL_NETWORK,))


def plan_again(
    replan: Replan, cluster: ClusterRequest, virtual_network: VirtualNetwork | None, subnet: Subnet | None
) -> tuple[str, ...]:
    """`az aks kubenet plan` for the same cluster in the same place; none where the ranges cannot be changed any more,
    or where the network that the subnet is in was not read.
    """
    if cluster.runs or (virtual_network is None and subnet is not None):
        return ()
    without, given = replan.without, cluster.planned_with
    pools = cluster.node_pools if given is None else given.node_pools
    leaving = () if subnet is None or Pin.SUBNET not in without else cluster.pools_in(subnet)
    names = {each.name for each in leaving}
    wanted = replace(
        cluster,
        node_pools=tuple(replace(each, subnet=None) if each.name in names else each for each in pools),
        on_premises_ranges=tuple(dict.fromkeys((*cluster.on_premises_ranges, *replan.avoiding))),
        pod_cidr=None if Pin.POD_CIDR in without else cluster.pod_cidr,
        service_cidr=None if Pin.SERVICE_CIDR in without else cluster.service_cidr,
        dns_service_ip=None if Pin.DNS_SERVICE_IP in without else cluster.dns_service_ip,
    )
    place = {} if virtual_network is None else _place(virtual_network, subnet, wanted, without)
    beside = {} if given is None else {"growth": given.growth_percent or None, "need": given.needs}
    return (kubenet("plan", **place, **options_of(wanted), **beside),)


def _place(
    network: VirtualNetwork, subnet: Subnet | None, cluster: ClusterRequest, without: tuple[Pin, ...]
) -> dict[str, Option]:
    given = [each for each in network.peerings if each.name == GIVEN]
    peered = [prefix for each in given for prefix in each.remote_address_prefixes]
    if Pin.VIRTUAL_NETWORK in without:
        peers = [prefix for each in network.peerings for prefix in each.remote_address_prefixes]
        own = [each for each in network.address_prefixes if not any(each.overlaps(never) for never in _NEVER)]
        return {"peered_prefixes": [*own, *peers]}
    if network.proposed:
        return {"peered_prefixes": peered}
    planned = {(pool.subnet or "").lower() for pool in cluster.node_pools}
    others = [
        each for each in network.subnets if each.id is None and each != subnet and each.name.lower() not in planned
    ]
    prefixes = () if subnet is None or Pin.SUBNET in without else subnet.address_prefixes
    beside = () if cluster.planned_with is None else cluster.planned_with.address_prefixes
    several = len(prefixes) != 1 or any(pool.subnet is not None for pool in cluster.node_pools)
    return {
        "vnet_id": network.id,
        "vnet_address_prefixes": network.address_prefixes if network.id is None else beside,
        "used_prefixes": [prefix for each in others for prefix in each.address_prefixes],
        "peered_prefixes": peered,
        "subnet_prefix": None if several else prefixes[0],
    }
