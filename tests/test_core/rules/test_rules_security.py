"""NSG1, NSG2, LCK1, POL1."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.model import Lock, PolicyState, SecurityRule
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.rules.rule import Finding, Severity, Status
from azext_kubenet.core.rules.security import (
    RULES,
    network_security_group_allows_egress,
    network_security_group_allows_nodes_and_pods,
    no_lock_on_subnet_or_route_table,
    no_policy_refuses_network_writes,
)

from ..make import (
    SUBSCRIPTION,
    judge,
    make_cluster,
    make_networks,
    make_route,
    make_route_table,
    make_security_group,
    make_security_rule,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
SUBNET_ID = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/nodes"
TABLE_ID = f"{GROUP}/providers/Microsoft.Network/routeTables/routes"


def judge_nodes_and_pods(*rules: SecurityRule, **facts: object) -> tuple[Finding, ...]:
    return judge(
        network_security_group_allows_nodes_and_pods,
        **{
            "subnet": make_subnet(),
            "virtual_network": make_virtual_network(),
            "network_security_group": make_security_group(*rules),
            **facts,
        },  # type: ignore[arg-type] # the test names the facts
    )


def judge_egress(*rules: SecurityRule, **facts: object) -> tuple[Finding, ...]:
    return judge(
        network_security_group_allows_egress,
        **{
            "subnet": make_subnet(),
            "virtual_network": make_virtual_network(),
            "network_security_group": make_security_group(*rules),
            **facts,
        },  # type: ignore[arg-type] # the test names the facts
    )


def make_outbound(name: str = "deny-out", priority: int = 400, **rest: object) -> SecurityRule:
    return make_security_rule(name, priority, direction="Outbound", **rest)


def test_families_rules() -> None:
    assert [each.code for each in RULES] == ["NSG1", "NSG2", "LCK1", "POL1"]


# NSG1


def test_nsg1_default_rules_pass() -> None:
    (finding,) = judge_nodes_and_pods()
    assert finding.status is Status.PASSED


def test_nsg1_no_group_is_not_applicable() -> None:
    (finding,) = judge_nodes_and_pods(network_security_group=None)
    assert finding.status is Status.SKIPPED


def test_nsg1_unreadable_group_is_unknown() -> None:
    permission = "Microsoft.Network/networkSecurityGroups/read"
    (finding,) = judge_nodes_and_pods(network_security_group=make_unreadable(permission))
    assert finding.status is Status.UNKNOWN
    assert finding.evidence == {"missingPermission": permission}


@pytest.mark.parametrize("other", [None, make_unreadable()])
def test_nsg1_passes_without_virtual_network_and_route_table(other: object) -> None:
    (finding,) = judge_nodes_and_pods(virtual_network=other, route_table=other)
    assert finding.status is Status.PASSED


def test_nsg1_deny_all_above_the_default_rules_fails() -> None:
    (finding,) = judge_nodes_and_pods(make_security_rule("deny-all", 4096))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.ERROR)
    assert finding.message == (
        "Rule 'deny-all' of network security group 'nsg' (priority 4096, inbound) denies traffic nodes -> nodes, "
        "nodes -> pods, pods -> nodes, pods -> pods, for example Tcp 192.168.1.0:1 -> 192.168.1.0:1; nodes "
        "(192.168.1.0/24) and pods (10.244.0.0/16) must reach each other."
    )
    assert finding.evidence == {
        "rule": "deny-all",
        "priority": 4096,
        "direction": "Inbound",
        "flows": ("nodes -> nodes", "nodes -> pods", "pods -> nodes", "pods -> pods"),
        "example": "Tcp 192.168.1.0:1 -> 192.168.1.0:1",
    }
    assert finding.commands == (
        f"az network nsg rule create --subscription {SUBSCRIPTION} --resource-group rg --nsg-name nsg "
        "--name AllowKubenetInbound --priority 4095 --direction Inbound --access Allow --protocol '*' "
        "--source-address-prefixes 192.168.1.0/24 10.244.0.0/16 --source-port-ranges '*' "
        "--destination-address-prefixes 192.168.1.0/24 10.244.0.0/16 --destination-port-ranges '*'",
    )


def test_nsg1_names_only_the_flows_that_are_denied() -> None:
    rule = make_outbound(source_prefixes=("10.244.0.0/16",), destination_prefixes=("192.168.0.0/16",))
    (finding,) = judge_nodes_and_pods(rule)
    assert finding.evidence["flows"] == ("pods -> nodes",)


def test_nsg1_allowance_for_pods_and_nodes_before_the_denial_passes() -> None:
    prefixes = ("192.168.1.0/24", "10.244.0.0/16")
    allow = make_security_rule("a", 100, access="Allow", source_prefixes=prefixes, destination_prefixes=prefixes)
    (finding,) = judge_nodes_and_pods(allow, make_security_rule("deny", 4096))
    assert finding.status is Status.PASSED


def test_nsg1_virtual_network_tag_allows_the_pod_cidr_too() -> None:
    tag = ("VirtualNetwork",)
    allow = make_security_rule("a", 100, access="Allow", source_prefixes=tag, destination_prefixes=tag)
    (finding,) = judge_nodes_and_pods(allow, make_security_rule("deny", 4096))
    assert finding.status is Status.PASSED


def test_nsg1_allowance_for_nodes_alone_fails_for_pods() -> None:
    nodes = ("192.168.1.0/24",)
    allow = make_security_rule("a", 100, access="Allow", source_prefixes=nodes, destination_prefixes=nodes)
    (finding,) = judge_nodes_and_pods(allow, make_security_rule("deny", 4096))
    assert finding.evidence["flows"] == ("nodes -> pods", "pods -> nodes", "pods -> pods")


def test_nsg1_pod_cidr_is_the_clusters() -> None:
    findings = judge(
        network_security_group_allows_nodes_and_pods,
        cluster=make_cluster(pod_cidr=make_networks("10.100.0.0/16")[0]),
        subnet=make_subnet(),
        network_security_group=make_security_group(make_security_rule(source_prefixes=("10.100.5.0/24",))),
    )
    assert [each.status for each in findings] == [Status.FAILED]


def test_nsg1_each_denying_rule_is_a_finding() -> None:
    findings = judge_nodes_and_pods(make_security_rule("in", 300), make_outbound("out", 300))
    assert [each.evidence["rule"] for each in findings] == ["in", "out"]
    assert ["Inbound" in each.commands[0] for each in findings] == [True, False]


def test_nsg1_repair_takes_a_free_priority_before_every_denial() -> None:
    rules = [make_security_rule(f"r{number}", number, destination_prefixes=("8.8.8.8",)) for number in (199, 198)]
    findings = judge_nodes_and_pods(*rules, make_security_rule("a", 200), make_outbound("b", 150))
    assert [each.commands[0].split("--priority ")[1][:3] for each in findings] == ["197", "149"]


def test_nsg1_no_repair_where_no_priority_is_free() -> None:
    (finding,) = judge_nodes_and_pods(make_security_rule(priority=100))
    assert finding.commands == ()


def test_nsg1_application_security_group_is_unknown() -> None:
    rule = make_security_rule("asg-deny", source_prefixes=(), source_application_groups=("asg",))
    (finding,) = judge_nodes_and_pods(rule)
    assert finding.status is Status.UNKNOWN
    assert "traffic between nodes and pods depends on 'asg-deny' of network security group 'nsg'" in finding.message


def test_nsg1_rule_that_denies_for_certain_is_not_unknown_too() -> None:
    rule = make_security_rule(source_prefixes=("192.168.1.9",), source_application_groups=("asg",))
    assert [each.status for each in judge_nodes_and_pods(rule)] == [Status.FAILED]


def test_nsg1_entangled_rules_are_unknown() -> None:
    rules = (
        make_security_rule(
            f"r{number}",
            100 + number,
            access="Deny" if number % 2 else "Allow",
            source_prefixes=("192.168.1.0/25", f"10.244.{number * 7 % 256}.0/23"),
            destination_prefixes=("192.168.1.64/26", f"10.244.{number * 13 % 256}.0/23"),
            source_ports=(f"{number * 31 % 997}-{20_000 + number * 17 % 991}",),
            destination_ports=(f"{number * 29 % 997}-{20_000 + number * 37 % 991}",),
        )
        for number in range(400)
    )
    findings = judge_nodes_and_pods(*rules)
    assert findings[-1].status is Status.UNKNOWN
    assert "too entangled" in findings[-1].message


# NSG2


def test_nsg2_default_rules_pass() -> None:
    (finding,) = judge_egress()
    assert finding.status is Status.PASSED


def test_nsg2_default_rules_pass_with_a_default_route() -> None:
    (finding,) = judge_egress(route_table=make_route_table(make_route()))
    assert finding.status is Status.PASSED


@pytest.mark.parametrize("prefix", ["*", "Internet", "0.0.0.0/0"])
def test_nsg2_denied_internet_fails(prefix: str) -> None:
    (finding,) = judge_egress(make_outbound(destination_prefixes=(prefix,), destination_ports=("400-500",)))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)
    assert finding.message.startswith(
        "Rule 'deny-out' of network security group 'nsg' (priority 400, outbound) denies TCP 443 to public endpoints"
    )
    assert finding.evidence["required"] == "TCP 443 to public endpoints"


@pytest.mark.parametrize("rest", [{"protocol": "Udp"}, {"destination_ports": ("80",)}, {"direction": "Inbound"}])
def test_nsg2_other_denials_pass(rest: dict[str, object]) -> None:
    (finding,) = judge_egress(make_security_rule(**{"direction": "Outbound", **rest}))  # type: ignore[arg-type]
    assert finding.status is Status.PASSED


def test_nsg2_allowed_https_before_the_denial_passes() -> None:
    allow = make_outbound("https", 300, access="Allow", protocol="Tcp", destination_ports=("443",))
    (finding,) = judge_egress(allow, make_outbound())
    assert finding.status is Status.PASSED


def test_nsg2_allowed_tag_before_the_denial_is_unknown() -> None:
    allow = make_outbound("cloud", 300, access="Allow", destination_prefixes=("AzureCloud.westeurope",))
    (finding,) = judge_egress(allow, make_outbound())
    assert (finding.status, finding.severity) == (Status.UNKNOWN, Severity.WARNING)
    assert "TCP 443 to public endpoints depends on 'cloud'" in finding.message


def test_nsg2_custom_dns_server_must_answer() -> None:
    servers = ("10.1.1.4", "8.8.8.8", "168.63.129.16", "fd00::4", "dns")
    network = make_virtual_network(dns_servers=servers)
    findings = judge_egress(make_outbound(destination_ports=("53",)), virtual_network=network)
    assert [each.evidence["required"] for each in findings] == [
        "UDP 53 to the DNS server 10.1.1.4",
        "UDP 53 to the DNS server 8.8.8.8",
    ]
    (finding,) = judge_egress(virtual_network=network)
    assert finding.status is Status.PASSED


@pytest.mark.parametrize(
    ("location", "needed"), [("usgovvirginia", True), ("China East 2", True), ("westeurope", False), ("", False)]
)
def test_nsg2_time_is_needed_where_documented(location: str, needed: bool) -> None:
    network = make_virtual_network(location=location)
    (finding,) = judge_egress(make_outbound(destination_ports=("123",)), virtual_network=network)
    assert finding.status is (Status.FAILED if needed else Status.PASSED)


def test_nsg2_unreadable_virtual_network_is_unknown() -> None:
    findings = judge_egress(make_outbound(), virtual_network=make_unreadable())
    assert [each.status for each in findings] == [Status.FAILED, Status.UNKNOWN]


# LCK1

LOCKED_SUBNET = make_subnet(route_table_id=ResourceId(TABLE_ID))


def judge_locks(locks: object, **facts: object) -> tuple[Finding, ...]:
    return judge(no_lock_on_subnet_or_route_table, **{"locks": locks, "subnet": LOCKED_SUBNET, **facts})  # type: ignore[arg-type] # the test names the facts


@pytest.mark.parametrize(
    ("scope", "locked"),
    [
        (TABLE_ID, [TABLE_ID]),
        (SUBNET_ID.upper(), [SUBNET_ID]),
        (SUBNET_ID.rsplit("/", 2)[0], [SUBNET_ID]),
        (GROUP, [SUBNET_ID, TABLE_ID]),
        (f"/subscriptions/{SUBSCRIPTION}", [SUBNET_ID, TABLE_ID]),
    ],
)
def test_lck1_read_only_lock_fails(scope: str, locked: list[str]) -> None:
    lock = Lock(name="my lock", level="ReadOnly", scope=scope)
    (finding,) = judge_locks((lock,))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.ERROR)
    assert finding.evidence["locked"] == locked
    assert finding.message == f"Lock 'my lock' (ReadOnly) on {scope}: AKS cannot write {' and '.join(locked)}."
    assert finding.commands == (f"az lock delete --ids '{scope}/providers/Microsoft.Authorization/locks/my lock'",)


def test_lck1_delete_lock_warns() -> None:
    lock = Lock(name="keep", level="CanNotDelete", scope=GROUP)
    (finding,) = judge_locks((lock,))
    assert (finding.status, finding.severity) == (Status.FAILED, Severity.WARNING)


@pytest.mark.parametrize("locks", [(), (Lock(name="x", level="ReadOnly", scope=GROUP + "/providers/A/b/c"),)])
def test_lck1_other_locks_pass(locks: tuple[Lock, ...]) -> None:
    (finding,) = judge_locks(locks)
    assert finding.status is Status.PASSED


def test_lck1_planned_subnet_has_no_lock_yet() -> None:
    lock = Lock(name="x", level="ReadOnly", scope=SUBNET_ID)
    (finding,) = judge_locks((lock,), subnet=make_subnet(id=None))
    assert finding.status is Status.PASSED


def test_lck1_lock_on_a_route_table_that_may_not_be_read_fails() -> None:
    lock = Lock(name="x", level="ReadOnly", scope=TABLE_ID)
    (finding,) = judge_locks((lock,), route_table=make_unreadable())
    assert (finding.status, finding.evidence["locked"]) == (Status.FAILED, [TABLE_ID])


def test_lck1_unreadable_locks_are_unknown() -> None:
    (finding,) = judge_locks(make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_lck1_unreadable_subnet_is_unknown() -> None:
    (finding,) = judge_locks((), subnet=make_unreadable())
    assert finding.status is Status.UNKNOWN


def test_lck1_lock_that_only_the_route_tables_list_holds_fails() -> None:
    above, on_table = (
        Lock(name="a", level="CanNotDelete", scope=GROUP),
        Lock(name="t", level="ReadOnly", scope=TABLE_ID),
    )
    findings = judge_locks((above,), route_table_locks=(above, on_table))
    assert [(each.evidence["lock"], each.severity) for each in findings] == [
        ("a", Severity.WARNING),
        ("t", Severity.ERROR),
    ]


def test_lck1_unreadable_locks_of_the_route_table_are_unknown_beside_what_is_known() -> None:
    hidden = make_unreadable("Microsoft.Authorization/locks/read")
    (finding,) = judge_locks((), route_table_locks=hidden)
    assert (finding.status, finding.severity) == (Status.UNKNOWN, Severity.ERROR)
    known, unknown = judge_locks((Lock(name="a", level="ReadOnly", scope=GROUP),), route_table_locks=hidden)
    assert (known.status, unknown.status) == (Status.FAILED, Status.UNKNOWN)


# POL1


def make_policy(effect: str = "deny", resource_id: str = TABLE_ID) -> PolicyState:
    return PolicyState(assignment_id="/a/1", definition_name="Tags", effect=effect, resource_id=resource_id)


@pytest.mark.parametrize("effect", ["deny", "Modify", "append"])
def test_pol1_policy_that_refuses_or_changes_warns(effect: str) -> None:
    (finding,) = judge(
        no_policy_refuses_network_writes, policy_states=(make_policy(effect), make_policy(effect, SUBNET_ID))
    )
    assert (finding.status, finding.severity, finding.resource_id) == (Status.FAILED, Severity.WARNING, "/a/1")
    assert finding.evidence == {"definition": "Tags", "effect": effect, "resources": [TABLE_ID, SUBNET_ID]}


@pytest.mark.parametrize(
    "states", [(), (make_policy("audit"),), (make_policy(resource_id=GROUP + "/providers/Microsoft.Compute/disks/d"),)]
)
def test_pol1_other_policies_pass(states: tuple[PolicyState, ...]) -> None:
    (finding,) = judge(no_policy_refuses_network_writes, policy_states=states)
    assert finding.status is Status.PASSED


def test_pol1_unreadable_states_are_unknown() -> None:
    (finding,) = judge(no_policy_refuses_network_writes, policy_states=make_unreadable())
    assert finding.status is Status.UNKNOWN
