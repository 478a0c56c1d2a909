"""The knobs of the simulator, all with the value that makes tests fast and Azure ordinary. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

TENANT_ID = "00000000-0000-0000-0000-00000000007e"
SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000001"
CALLER_OBJECT_ID = "00000000-0000-0000-0000-0000000000aa"
CALLER_CLIENT_ID = "00000000-0000-0000-0000-0000000000cc"

LOCATIONS = (
    "australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "austriaeast", "belgiumcentral",
    "brazilsouth", "brazilsoutheast", "canadacentral", "canadaeast", "centralindia", "centralus", "centraluseuap",
    "chilecentral", "eastasia", "eastus", "eastus2", "eastus2euap", "francecentral", "francesouth", "germanynorth",
    "germanywestcentral", "indonesiacentral", "israelcentral", "italynorth", "japaneast", "japanwest",
    "jioindiacentral", "jioindiawest", "koreacentral", "koreasouth", "malaysiawest", "mexicocentral",
    "newzealandnorth", "northcentralus", "northeurope", "norwayeast", "norwaywest", "polandcentral", "qatarcentral",
    "southafricanorth", "southafricawest", "southcentralus", "southeastasia", "southindia", "spaincentral",
    "swedencentral", "swedensouth", "switzerlandnorth", "switzerlandwest", "uaecentral", "uaenorth", "uksouth",
    "ukwest", "westcentralus", "westeurope", "westindia", "westus", "westus2", "westus3",
    "chinaeast", "chinaeast2", "chinaeast3", "chinanorth", "chinanorth2", "chinanorth3",
    "usdodcentral", "usdodeast", "usgovarizona", "usgoviowa", "usgovtexas", "usgovvirginia",
)  # fmt: skip
"""The regions of the three clouds together: a simulated Azure is in whichever of them a test names."""


@dataclass
class Settings:
    """Every setting of a simulated Azure; `reset` restores these values."""

    latency: float = 0.0
    """Seconds every answer is delayed."""
    operation_polls: int = 0
    """How many polls of a long-running operation say InProgress before it ends."""
    retry_after_ms: int = 50
    """Sent as x-ms-retry-after-ms with every long-running operation; az polls every 30 s without it."""
    page_size: int = 0
    """How many entries a list returns before it says nextLink; 0 returns all."""
    route_limit: int = 400
    """Routes a route table holds."""
    route_delay_seconds: float = 0.0
    """Age of a node at which the route controller writes its route; time passes by `Simulator.advance` alone."""
    seeded_clusters_run: bool = True
    """Whether a seeded cluster gets nodes, routes and a route table; otherwise it is stored as its body says."""
    role_propagation_seconds: float = 0.0
    """Age at which a role assignment counts for anyone but the lists."""
    role_propagation_refusals: int = 0
    """How many AKS PUTs still see a new role assignment as absent."""
    identity_replication_seconds: float = 0.0
    """Age below which a role assignment without principalType is refused with PrincipalNotFound."""
    refuse_concurrent_writes: bool = True
    """Whether a write to a network resource with a running operation is refused, as Azure does."""
    busy_answer: str = "RetryableError"
    """How such a write is refused: `RetryableError` (429) or `AnotherOperationInProgress` (409, no Retry-After)."""
    busy_retry_after: int = 1
    """Seconds that the first of these two asks to wait; Azure says 11 to 14."""
    honours_if_none_match: bool = True
    """Whether `If-None-Match: *` protects what is there (412); no recording says whether Microsoft.Network knows it."""
    refuse_failed_references: bool = False
    """Whether a body that names a resource in state Failed is refused like one that names a resource being written."""
    deletes_in_use: str = "refused"
    """What becomes of deleting what is in use: `refused` (400), or `failed` (202, and the operation ends so)."""
    keeps_subnets_left_out: bool = False
    """Whether a VNet's PUT without `subnets` keeps them; otherwise it deletes them, as Azure did for long."""
    refuse_resource_graph: bool = False
    """Whether Resource Graph answers 403."""
    graph_quota: int = 0
    """Queries that Resource Graph answers a caller in `graph_window_seconds` before it says 429; 0 never says it."""
    graph_window_seconds: float = 5.0
    """How long that window is."""
    graph_payload_limit: int = 16_777_216
    """Bytes of an answer of Resource Graph; 12,582,912 were reported too."""
    graph_subscription_limit: int = 10_000
    """Subscriptions that a query without a scope looks into."""
    subnet_permission_fails_later: bool = False
    """Whether a missing subnet permission of the cluster identity fails the operation rather than the PUT."""
    second_put: str = "preempts"
    """What a PUT does to an update under way: `preempts` it, or is `refused` (409); a creation always refuses it."""
    identity_switch_seconds: float = 0.0
    """How long the control plane acts as its old identity after a change; time passes by `Simulator.advance` alone."""
    contradictory_pod_cidrs: str = "ignored"
    """What becomes of a new podCidr beside an old podCidrs: `ignored`, `refused` or `taken`."""
    overlay_detaches_table: bool = False
    """Whether going to overlay takes the customer's table off the subnets; otherwise it stays, without node routes."""
    foreign_subnets_fail: str = "put"
    """Where another subnet on the cluster's table stops going to overlay: at the `put`, or in the `operation`."""
    calico_comes_back: bool = True
    """Whether an overlay cluster takes networkPolicy calico."""
    own_masq_configs: list[str] = field(default_factory=list)
    """Ids of clusters in which somebody has customised azure-ip-masq-agent-config."""
    overlay_outcomes: list[str] = field(default_factory=list)
    """How the next operations to overlay end: `unchanged` (Succeeded, nothing done), `halfway` (Failed), else well."""
    vcpu_quota: int = 100
    """Cores of a region, in all and of each family of sizes."""
    aks_phases: list[str] = field(default_factory=list)
    """What polls of a running AKS operation say in turn instead of InProgress, the last one from then on."""
    aks_is_modern: bool | None = None
    """Whether AKS shows the members that came in 2024; None goes by the api-version."""
    aks_answers_for_what_is_gone: bool = False
    """Whether a missing cluster is AKS's own 404 rather than Resource Manager's; both were recorded."""
    aks_poll_warning: dict[str, Any] | None = None
    """An `error` that polls of AKS operations carry although nothing failed, as the service does now and then."""
    require_known_clients: bool = False
    """Whether a client id that nobody registered may not sign in; otherwise it is the Owner."""
    attribute_conditions_hold: bool = False
    """Whether what the condition of an assignment says of attributes holds; what it says of actions is worked out."""
    location: str = "westeurope"
    """Where seeded resources live that do not say."""
    unreadable: list[str] = field(default_factory=list)
    """Resource ids the caller may not read, whatever its roles; everything below them included."""

    def update(self, values: dict[str, Any]) -> None:
        known = {entry.name for entry in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown setting '{name}'; settings are {', '.join(sorted(known))}")
            setattr(self, name, value)
