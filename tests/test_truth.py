"""The rules over everything that was recorded of Azure: none crashes, and every error is borne out by the raw data.

Prints a table of what was found (`pytest tests/test_truth.py -s`). IO: reads files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network
from typing import Any

from azext_kubenet.arm.parse.access import parse_role_assignment, parse_role_definition
from azext_kubenet.arm.parse.networks import (
    parse_network_security_group,
    parse_route_table,
    parse_subnet,
    parse_virtual_network,
)
from azext_kubenet.core.azure.access import ManagedIdentity, RoleAssignment, RoleDefinition, ScopeAccess
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.networks import Subnet, VirtualNetwork
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.azure.route_tables import RouteTable
from azext_kubenet.core.azure.security_rules import NetworkSecurityGroup
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.request import ClusterRequest, NodePool
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Finding, Stage, Status
from tests.test_arm.reference import answers, needs_reference, resources

CLUSTER = ClusterRequest(
    node_pools=(NodePool(name="pool", node_count=1, max_count=1),),
    # ranges that no recorded network uses, so that errors come from the data and not from Azure's defaults
    pod_cidr=IPv4Network("100.64.0.0/16"),
    service_cidr=IPv4Network("100.65.0.0/16"),
    identity_kind=IdentityKind.USER_ASSIGNED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One recorded object in a Snapshot, and the raw JSON that has to bear out an error."""

    kind: str
    source: str
    raw: Mapping[str, Any]
    snapshot: Snapshot


def _documents(resource_type: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each recorded state of each resource of a type once, with where it was first seen."""
    seen: set[str] = set()
    for source, body in answers():
        for document in resources(body):
            try:
                resource_id = ResourceId.parse(document["id"])
            except ValueError:
                continue
            if resource_id.is_type(resource_type) and repr(document) not in seen:
                seen.add(repr(document))
                yield source, document


def _has_prefix(document: Mapping[str, Any]) -> bool:
    properties = document["properties"]
    return bool(properties.get("addressPrefix") or properties.get("addressPrefixes"))


def _cases() -> Iterator[Case]:
    for source, raw in _documents("Microsoft.Network/virtualNetworks/subnets"):
        if _has_prefix(raw):
            yield Case(kind="subnet", source=source, raw=raw, snapshot=Snapshot(subnet=parse_subnet(raw)))
    for source, raw in _documents("Microsoft.Network/virtualNetworks"):
        network = parse_virtual_network(raw)
        for subnet in network.subnets or (None,):
            snapshot = Snapshot(virtual_network=network, subnet=subnet)
            yield Case(kind="virtual network", source=source, raw=raw, snapshot=snapshot)
    for source, raw in _documents("Microsoft.Network/routeTables"):
        yield Case(kind="route table", source=source, raw=raw, snapshot=_around(table=parse_route_table(raw)))
    for source, raw in _documents("Microsoft.Network/networkSecurityGroups"):
        group = parse_network_security_group(raw)
        yield Case(kind="security group", source=source, raw=raw, snapshot=_around(group=group))


def _around(*, table: RouteTable | None = None, group: NetworkSecurityGroup | None = None) -> Snapshot:
    """A clean network and subnet that carry the recorded object."""
    base = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v"
    if table is not None:
        base = f"{table.id.resource_group_id}/providers/Microsoft.Network/virtualNetworks/v"
    subnet = Subnet(
        id=ResourceId(f"{base}/subnets/n"),
        name="n",
        address_prefixes=(IPv4Network("192.168.77.0/24"),),
        route_table_id=None if table is None else table.id,
        network_security_group_id=None if group is None else group.id,
    )
    network = VirtualNetwork(
        id=ResourceId(base),
        name="v",
        location="" if table is None else table.location,
        address_prefixes=(IPv4Network("192.168.77.0/24"),),
        subnets=(subnet,),
    )
    return Snapshot(virtual_network=network, subnet=subnet, route_table=table, network_security_group=group)


def _properties(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The properties of the object and of the subnets inside it."""
    yield raw["properties"]
    for subnet in raw["properties"].get("subnets") or ():
        yield subnet.get("properties") or {}


def _any_property(*names: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda raw: any(each.get(name) for each in _properties(raw) for name in names)


def _denies(raw: Mapping[str, Any]) -> bool:
    return any(rule["properties"]["access"] == "Deny" for rule in raw["properties"].get("securityRules") or ())


KEPT_FOR_SERVICES = ("gatewaysubnet", "azurefirewallsubnet", "azurefirewallmanagementsubnet", "azurebastionsubnet")
"""Names that recordings hold of those that Azure keeps (https://learn.microsoft.com/azure/virtual-network)."""


def _is_kept(raw: Mapping[str, Any]) -> bool:
    inside = raw["properties"].get("subnets") or ()
    return any(str(each.get("name")).lower() in KEPT_FOR_SERVICES for each in (raw, *inside))


JUSTIFIED: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "NSG1": _denies,
    "SN10": _is_kept,
    "SN2": _any_property("delegations"),
    "SN4": _any_property("serviceAssociationLinks", "resourceNavigationLinks", "networkIntentPolicies", "subnetID"),
    "SN5": lambda raw: any(each.get("provisioningState", "Succeeded") != "Succeeded" for each in _properties(raw)),
}
"""What in the raw data bears out an error of each rule; a rule that is not here has to find no error at all."""


def _errors(snapshot: Snapshot) -> list[Finding]:
    report = evaluate(all_rules(), cluster=CLUSTER, snapshot=snapshot, today=date(2026, 11, 22), stage=Stage.CREATE)
    return list(report.errors)


@needs_reference
def test_every_error_on_recorded_data_is_borne_out_by_it() -> None:
    looked_at: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    unjustified = []
    for case in _cases():
        looked_at[case.kind] += 1
        for finding in _errors(case.snapshot):
            code = finding.rule.code
            found[case.kind, code] += 1
            if code not in JUSTIFIED or not JUSTIFIED[code](case.raw):
                unjustified.append((case.source, case.kind, code, finding.message))
    print("\nlooked at:", ", ".join(f"{count} {kind}s" for kind, count in sorted(looked_at.items())))
    for (kind, code), count in sorted(found.items()):
        print(f"{kind:16} {code:6} {count}")
    assert not unjustified
    assert set(looked_at) == {"subnet", "virtual network", "route table", "security group"}


@needs_reference
def test_recorded_role_assignments_grant_what_their_role_says() -> None:
    definitions = _parsed("roledefinitions", parse_role_definition)
    outcomes: Counter[Status] = Counter()
    for assignment in _parsed("roleassignments", parse_role_assignment):
        known = tuple(each for each in definitions if each.guid == assignment.role_guid)
        if not known:
            continue
        scope = assignment.scope or assignment.id.split("/providers/Microsoft.Authorization/")[0]
        access = ScopeAccess(
            scope=scope, principal_id=assignment.principal_id, assignments=(assignment,), definitions=known
        )
        identity = ManagedIdentity(
            id=ResourceId(_IDENTITY), location="", principal_id=access.principal_id, client_id=""
        )
        table = RouteTable(id=ResourceId(_TABLE), location="")
        snapshot = Snapshot(identity=identity, route_table=table, subnet_access=access, route_table_access=access)
        report = evaluate(all_rules(), cluster=CLUSTER, snapshot=snapshot, today=date(2026, 11, 22), stage=Stage.CREATE)
        (found,) = (finding for finding in report.findings if finding.rule.code == "ID3")
        wide = any("*" in permission.actions for each in known for permission in each.permissions)
        may = wide or known[0].name == "Network Contributor"
        assert found.status is (Status.PASSED if may else Status.FAILED), known[0].name
        outcomes[found.status] += 1
    print("\nroles on the route table:", dict(outcomes))
    assert outcomes[Status.PASSED] > 0
    assert outcomes[Status.FAILED] > 0


_TABLE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/routeTables/t"
_IDENTITY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"


def _parsed(kind: str, convert: Callable[[object], Any]) -> list[Any]:
    marker = f"/providers/microsoft.authorization/{kind}/"
    found: dict[str, RoleAssignment | RoleDefinition] = {}
    for _, body in answers():
        for document in resources(body):
            if marker in document["id"].lower() and "{" not in document["id"]:
                found[document["id"].lower()] = convert(document)
    return list(found.values())
