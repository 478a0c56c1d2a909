"""Clusters, their node pools and machines, subscriptions, from ARM JSON. No IO."""

from __future__ import annotations

from ...core.azure.identity_kind import IdentityKind
from ...core.azure.managed_clusters import AgentPool, Machine, ManagedCluster
from ...core.azure.resource_id import ResourceId
from ...core.clusters.application_gateways import GATEWAY_ADDON
from ...core.fleet.fleet import Subscription
from ..json_reader import JsonReader, as_object, as_text
from .values import (
    address,
    ipv4,
    network,
    one_of,
    own_id,
    resource_id,
    resource_id_among_words,
    resource_id_if_any,
    with_members,
)

_network_plugin = one_of("kubenet", "azure", "none")


def parse_location(document: object) -> str:
    """The region of a resource or resource group."""
    return JsonReader(document).text("location")


@with_members("properties")
def parse_managed_cluster(document: object) -> ManagedCluster:
    """A managed cluster, as the service or Resource Graph gives it."""
    reader = JsonReader(document)
    profile, api_server = "properties.networkProfile", "properties.apiServerAccessProfile"
    gateway = f"properties.addonProfiles.{GATEWAY_ADDON}.config"
    in_use = reader.maybe(f"{gateway}.effectiveApplicationGatewayId", resource_id_if_any)
    given = reader.maybe(f"{gateway}.applicationGatewayId", resource_id_if_any)
    api_server_subnet = reader.maybe(f"{api_server}.subnetId", resource_id_if_any)
    of_pools = (each for pool in reader.each("properties.agentPoolProfiles", _subnets_of_pool) for each in pool)
    subnets = (*of_pools, api_server_subnet)
    kubelet = reader.maybe("properties.identityProfile.kubeletidentity.resourceId", resource_id_if_any)
    assigned = reader.maybe("identity.userAssignedIdentities", _named_ids) or ()
    services = ipv4(reader.one_or_many(f"{profile}.serviceCidr", f"{profile}.serviceCidrs", network))
    versions = [reader.text_or(f"properties.{name}") for name in ("currentKubernetesVersion", "kubernetesVersion")]
    return ManagedCluster(
        id=own_id(document),
        location=reader.text_or("location"),
        network_plugin=reader.maybe(f"{profile}.networkPlugin", _network_plugin) or "",
        network_plugin_mode=reader.text_or(f"{profile}.networkPluginMode").lower(),
        network_policy=reader.text_or(f"{profile}.networkPolicy"),
        network_dataplane=reader.text_or(f"{profile}.networkDataplane"),
        outbound_type=reader.text_or(f"{profile}.outboundType"),
        ip_families=reader.texts(f"{profile}.ipFamilies") or ("IPv4",),
        pod_cidrs=ipv4(reader.one_or_many(f"{profile}.podCidr", f"{profile}.podCidrs", network)),
        service_cidr=next(iter(services), None),
        dns_service_ip=reader.maybe(f"{profile}.dnsServiceIP", address),
        kubernetes_version=versions[0] or versions[1],
        provisioning_state=reader.text_or("properties.provisioningState", "Succeeded"),
        power_state=reader.text_or("properties.powerState.code", "Running"),
        subnet_ids=tuple(dict.fromkeys(each for each in subnets if each is not None)),
        node_resource_group=reader.text_or("properties.nodeResourceGroup"),
        identity_kind=reader.maybe("identity.type", _identity_kind) or IdentityKind.SERVICE_PRINCIPAL,
        identity_ids=(*assigned, *(() if kubelet is None else (kubelet,))),
        user_assigned_ids=assigned,
        principal_id=reader.text_or("identity.principalId"),
        user_assigned_principals=tuple(
            principal for _, principal in reader.members("identity.userAssignedIdentities", _principal_of)
        ),
        kubelet_identity_id=kubelet,
        agent_pools=reader.each("properties.agentPoolProfiles", _agent_pool),
        addons=tuple(name for name, enabled in reader.members("properties.addonProfiles", _is_enabled) if enabled),
        application_gateway_id=in_use or given,
        application_gateway_subnet_id=reader.maybe(f"{gateway}.subnetId", resource_id_if_any),
        private_cluster=bool(reader.flag(f"{api_server}.enablePrivateCluster")),
        api_server_subnet_id=api_server_subnet,
        private_dns_zone_id=reader.maybe(f"{api_server}.privateDNSZone", resource_id_among_words),
        public_dns_only=reader.text_or(f"{api_server}.privateDNSZone").lower() == "none",
        etag=reader.text_or("eTag"),
    )


def _identity_kind(value: object) -> IdentityKind:
    """A cluster without an identity of its own is a service principal."""
    found = (each for each in IdentityKind if each.value.lower() == as_text(value).lower())
    return next(found, IdentityKind.SERVICE_PRINCIPAL)


def _principal_of(document: object) -> str:
    """The principal of a user-assigned identity; right after its assignment Azure tells none."""
    return JsonReader(document or {}).text_or("principalId")


def _is_enabled(document: object) -> bool:
    return bool(JsonReader(document).flag("enabled"))


def _agent_pool(document: object) -> AgentPool:
    reader = JsonReader(document)
    count, autoscaler = reader.number_or("count", 0), bool(reader.flag("enableAutoScaling"))
    versions = [reader.text_or(name) for name in ("currentOrchestratorVersion", "orchestratorVersion")]
    return AgentPool(
        name=reader.text_or("name"),
        count=count,
        max_count=reader.number_or("maxCount", count) if autoscaler else count,
        autoscaler=autoscaler,
        max_pods=reader.number_or("maxPods", 0) or None,
        max_surge=reader.text_or("upgradeSettings.maxSurge"),
        os_type=reader.text_or("osType", "Linux"),
        vm_size=reader.text_or("vmSize"),
        subnet_id=reader.maybe("vnetSubnetID", resource_id_if_any),
        provisioning_state=reader.text_or("provisioningState", "Succeeded"),
        power_state=reader.text_or("powerState.code", "Running"),
        kubernetes_version=versions[0] or versions[1],
        kind=reader.text_or("type", "VirtualMachineScaleSets"),
    )


def parse_subscription(document: object) -> Subscription:
    """A subscription, as the list of them or a row of Resource Graph has it."""
    reader = JsonReader(document)
    name = reader.text_or("displayName") or reader.text_or("name")
    return Subscription(id=reader.text("subscriptionId"), name=name)


def parse_descendant(document: object) -> Subscription | None:
    """A subscription in a management group; None for another management group."""
    reader = JsonReader(document)
    if not reader.text("type").lower().endswith("/subscriptions"):
        return None
    name = reader.text("name")
    return Subscription(id=name, name=reader.text_or("properties.displayName", name))


def parse_machine(document: object) -> Machine:
    """One machine of an agent pool, with its first IPv4 address."""
    reader = JsonReader(document)
    addresses = reader.each("properties.network.ipAddresses", lambda each: JsonReader(each).maybe("ip", address))
    return Machine(name=reader.text("name"), address=next((each for each in addresses if each is not None), None))


def _subnets_of_pool(document: object) -> tuple[ResourceId | None, ...]:
    reader = JsonReader(document)
    return tuple(reader.maybe(name, resource_id_if_any) for name in ("vnetSubnetID", "podSubnetID"))


def _named_ids(members: object) -> tuple[ResourceId, ...]:
    """The names of an object, which are resource ids."""
    return tuple(resource_id(name) for name in as_object(members))
