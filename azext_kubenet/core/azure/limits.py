"""Every Azure and AKS number the extension decides with, each with its source and the date it was read. No IO."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Address, IPv4Network
from typing import Final

RESERVED_ADDRESSES: Final = 5
"""Addresses Azure keeps in every subnet: the first four and the last.
Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq (read 2026-08-21)."""

LONGEST_SUBNET_PREFIX: Final = 29
"""The smallest subnet Azure accepts.
Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq (read 2026-08-21)."""

SHORTEST_VNET_PREFIX: Final = 8
"""The largest virtual network Azure accepts.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

MAX_VNET_ADDRESSES: Final = 65_536
"""Configured private addresses in one virtual network.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

NODE_POD_PREFIX: Final = 24
"""Prefix length of the pod block every kubenet node gets, whatever its maximum of pods.
Source: https://learn.microsoft.com/azure/aks/configure-kubenet (read 2026-08-21)."""

MAX_ROUTES: Final = 400
"""AKS's documented number of user-defined routes in a kubenet cluster's route table.
Source: https://learn.microsoft.com/azure/aks/configure-kubenet (read 2026-08-21)."""

ROUTES_WARNING_PERCENT: Final = 80
"""Use of the route limit from which LIM1 warns: our choice, an early sign before the wall.
Source: inference from https://learn.microsoft.com/azure/aks/configure-kubenet (read 2026-08-21)."""

SUBNET_SLACK_PERCENT: Final = 10
"""Free share of a subnet below which IP2 warns: our choice, room for one more surge.
Source: inference from https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

MUCH_EGRESS_PERCENT: Final = 25
"""Share of all public addresses from which routes to them are a way out and no exception: our choice, a good half of
what 0.0.0.0/1 or 128.0.0.0/1 alone holds.
Source: inference from https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
(read 2026-08-21)."""

DEFAULT_MAX_SURGE_PERCENT: Final = 10
"""Surge at upgrade of a pool that sets none.
Source: https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling and
https://github.com/Azure/AKS/issues/3491 (read 2026-08-21)."""

DEFAULT_NODE_COUNT: Final = 3
"""Nodes of a cluster made without --node-count.
Source: https://learn.microsoft.com/cli/azure/aks#az-aks-create (read 2026-08-21)."""

MAX_POOL_NODES: Final = 1_000
"""Nodes of one pool, surge included: the limit of its virtual machine scale set.
Source: https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling (read 2026-08-21)."""

MAX_NODE_POOLS: Final = 100
"""Node pools of one cluster.
Source: https://learn.microsoft.com/azure/aks/quotas-skus-regions (read 2026-08-21)."""

MIN_PODS_PER_NODE: Final = 10
"""Smallest maximum of pods a node.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

MAX_PODS_PER_NODE: Final = 250
"""Largest maximum of pods a node.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

MIN_PODS_PER_POOL: Final = 30
"""Pods a pool must have room for: node count times maximum of pods.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

DEFAULT_MAX_PODS_KUBENET: Final = 110
"""Maximum of pods a kubenet node by default.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

DEFAULT_MAX_PODS_OVERLAY: Final = 250
"""Maximum of pods an Azure CNI Overlay node by default.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

DEFAULT_MAX_PODS_NODE_SUBNET: Final = 30
"""Maximum of pods an Azure CNI node-subnet node by default (az aks create).
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

DEFAULT_MAX_PODS_POD_SUBNET: Final = 110
"""Maximum of pods an Azure CNI pod-subnet node by default.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

POD_SUBNET_BATCH: Final = 16
"""Addresses a node takes from the pod subnet at a time in dynamic mode.
Source: https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-pod-subnet (read 2026-08-21)."""

POD_SUBNET_FREE_MINIMUM: Final = 8
"""Free addresses below which a node asks for another batch in dynamic mode.
Source: https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-pod-subnet (read 2026-08-21)."""

SHORTEST_SERVICE_PREFIX: Final = 12
"""The service CIDR must be smaller than this.
Source: https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning (read 2026-08-21)."""

SHORTEST_IPV6_SERVICE_PREFIX: Final = 108
"""The largest IPv6 service CIDR.
Source: https://learn.microsoft.com/azure/aks/configure-dual-stack (read 2026-08-21)."""

DNS_SERVICE_OFFSET: Final = 10
"""Place of Azure's default DNS service address in the service CIDR.
Source: https://learn.microsoft.com/azure/aks/configure-kubenet (read 2026-08-21)."""

LONGEST_RESOURCE_NAME: Final = 63
"""Characters of the names of virtual network, subnet and resource group that a later move to overlay accepts.
Source: https://learn.microsoft.com/azure/aks/azure-cni-overlay (read 2026-08-21)."""

DEFAULT_POD_CIDR: Final = IPv4Network("10.244.0.0/16")
"""Azure's pod CIDR where none is given.
Source: https://learn.microsoft.com/azure/aks/configure-kubenet (read 2026-08-21)."""

DEFAULT_SERVICE_CIDR: Final = IPv4Network("10.0.0.0/16")
"""Azure's service CIDR where none is given.
Source: https://learn.microsoft.com/azure/aks/configure-kubenet (read 2026-08-21)."""

AKS_RESERVED_RANGES: Final = tuple(
    IPv4Network(text) for text in ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")
)
"""Ranges that pods, services and the virtual network may not touch.
Source: https://learn.microsoft.com/azure/aks/concepts-network-cni-overview (read 2026-08-21)."""

AKS_ROUTED_RANGES: Final = tuple(IPv4Network(text) for text in ("172.30.0.0/16", "172.31.0.0/16"))
"""Those of AKS's reserved ranges that others may route: what lies there on-premises or in a peer is hard to reach.
Source: https://github.com/MicrosoftDocs/azure-docs/issues/80401 (read 2026-11-26)."""

VNET_RESERVED_RANGES: Final = tuple(
    IPv4Network(text) for text in ("224.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8", "168.63.129.16/32")
)
"""Ranges a virtual network may not contain, besides the link-local one.
Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq (read 2026-08-21)."""

PRIVATE_RANGES: Final = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""RFC 1918 and RFC 6598, in the order in which plan looks for a free block.
Source: https://learn.microsoft.com/azure/aks/azure-cni-overlay and
https://www.rfc-editor.org/rfc/rfc6598 (read 2026-08-21)."""

OVERLAY_KUBERNETES: Final = (1, 27)
"""The first Kubernetes version, major and minor, from which a cluster moves to Azure CNI Overlay.
Source: https://learn.microsoft.com/azure/aks/update-azure-cni (read 2026-11-26)."""

UNINSTALL_POLICY_KUBERNETES: Final = (1, 30)
"""The first Kubernetes version, major and minor, on which a network policy engine can be uninstalled.
Source: https://github.com/Azure/AKS/blob/master/CHANGELOG.md, release of 2026-05-29 (read 2026-11-26)."""

OVERLAY_MINUTES: Final = (9, 21)
"""Minutes that an update to Azure CNI Overlay took at least and at most, rounded down, each of a cluster of one node.
Source: recordings of https://github.com/Azure/azure-cli-extensions/tree/main/src/aks-preview (read 2026-11-26)."""

LARGEST_GATEWAY_SUBNET: Final = 24
"""Prefix length of the largest subnet of an Application Gateway that works with Azure CNI Overlay.
Source: https://learn.microsoft.com/azure/application-gateway/for-containers/container-networking (read 2026-11-26)."""

ROUTE_CONTROLLER_SECONDS: Final = 10
"""Seconds from one cycle of a cluster's route controller to the next (`route-reconciliation-period`).
Source: https://github.com/kubernetes/cloud-provider/blob/master/config/v1alpha1/defaults.go (read 2026-11-26)."""

MAX_WAIT_SECONDS: Final = 3_600
"""The longest that `check --wait` waits: what hundreds of cycles of the controller have not written never comes.
Source: https://github.com/kubernetes/cloud-provider/blob/master/config/v1alpha1/defaults.go (read 2026-11-26)."""

RETIREMENT: Final = date(2028, 3, 31)
"""The day from which kubenet is unsupported on AKS.
Source: https://learn.microsoft.com/azure/aks/configure-kubenet and
https://github.com/Azure/AKS/issues/4859 (read 2026-08-21)."""

NETWORK_CONTRIBUTOR: Final = "4d97b98b-1d4f-4787-a291-c67834d212e7"
"""Role definition GUID of Network Contributor, the same in every tenant.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles (read 2026-08-21)."""

ROLE_PROPAGATION_SECONDS: Final = 600
"""How long a role assignment is waited for by default: Azure documents up to ten minutes.
Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting (read 2026-08-21)."""

MAX_ROLE_PROPAGATION_SECONDS: Final = 3_600
"""How long a role assignment can take: AKS documents up to 60 minutes.
Source: https://learn.microsoft.com/azure/aks/use-managed-identity (read 2026-08-21)."""

REGIONS_WITHOUT_IDENTITY_CREATION: Final = ("usdodcentral", "usdodeast", "usgoviowa")
"""Regions where user-assigned identities cannot be made.
Source: https://learn.microsoft.com/azure/aks/use-managed-identity (read 2026-08-21)."""

PRIVATE_DNS_ZONE_CONTRIBUTOR: Final = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
"""Role definition GUID of Private DNS Zone Contributor, the same in every tenant.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/networking (read 2026-08-21)."""

LONGEST_API_SERVER_PREFIX: Final = 28
"""Prefix length of the smallest subnet for an API server.
Source: https://learn.microsoft.com/azure/aks/api-server-vnet-integration (read 2026-08-21)."""

MANAGED_IDENTITY_OPERATOR: Final = "f1a07417-d97a-45cb-824c-7a7467783830"
"""Role definition GUID of Managed Identity Operator, the same in every tenant.
Source: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity (read 2026-08-21)."""

PLATFORM_ADDRESS: Final = IPv4Address("168.63.129.16")
"""The address load balancer probes come from: what the service tag AzureLoadBalancer stands for on a machine.
Source: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 (read 2026-08-21)."""

METADATA_ADDRESS: Final = IPv4Address("169.254.169.254")
"""The address of Azure's instance metadata service: what the service tag AzurePlatformIMDS stands for.
Source: https://learn.microsoft.com/azure/virtual-network/service-tags-overview (read 2026-08-21)."""

KUBELET_PORT: Final = 10_250
"""Where kubelets answer the API server and one another's metrics.
Source: https://kubernetes.io/docs/reference/networking/ports-and-protocols/ (read 2026-08-21)."""

DNS_PORT: Final = 53
"""Where DNS servers answer, by UDP and, what is too long for that, by TCP.
Source: https://www.rfc-editor.org/rfc/rfc7766 (read 2026-08-21)."""

FIRST_CLIENT_PORT: Final = 1_024
"""The lowest port from which a program without privileges sends; Linux takes them from 32768 on.
Source: https://www.rfc-editor.org/rfc/rfc6056 (read 2026-08-21)."""

FIRST_SECURITY_RULE_PRIORITY: Final = 100
"""Priority of the security rule that is looked at first; each is used once a direction.
Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview (read 2026-08-21)."""

LAST_SECURITY_RULE_PRIORITY: Final = 4_096
"""Priority of the last security rule that is not one of Azure's default rules.
Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview (read 2026-08-21)."""

SPECIAL_PURPOSE_RANGES: Final = tuple(
    IPv4Network(text)
    for text in ("0.0.0.0/8", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "192.0.2.0/24", "224.0.0.0/3")
)
"""Ranges in which no public endpoint lies, besides the private ones.
Source: https://www.iana.org/assignments/iana-ipv4-special-registry (read 2026-08-21)."""

MAX_PAGES: Final = 10_000
"""Pages of one list: our choice, far above any; Resource Graph has up to 1,000 entries on each.
Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data (read 2026-11-26)."""

MAX_ANSWER_BYTES: Final = 64 << 20
"""One document, or all pages of a list, decompressed: our choice, far above the 4,000 role assignments that one
subscription has.
Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits (read 2026-08-21)."""

MAX_HELD_BYTES: Final = 224 << 20
"""What all answers of one command may take in memory: our choice, so that az, 110 MiB itself, stays below 400 MiB.
Source: https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits (read 2026-08-21)."""

CONNECT_SECONDS: Final = 30
"""Until a connection is there: our choice.
Source: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations (read 2026-08-21)."""

SILENCE_SECONDS: Final = 60
"""Between two bytes of an answer: our choice; what lasts longer is an operation that is asked about.
Source: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations (read 2026-08-21)."""

MAX_TRANSFER_SECONDS: Final = 120
"""One read in all, without the waits that Azure asks for: our choice, two requests that last as long as they may.
Source: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations (read 2026-08-21)."""

WAITS_TOLD_FROM_SECONDS: Final = 60
"""Waits that Azure asks for are told from here on: our choice.
Source: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
(read 2026-11-26)."""

LONGEST_WAITS_SECONDS: Final = 600
"""Waits that Azure asks for in one command: our choice, long after its limits of requests have recovered.
Source: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
(read 2026-11-26)."""
