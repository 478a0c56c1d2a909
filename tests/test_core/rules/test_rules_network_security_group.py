"""NSG1, NSG2: what the group of the subnet denies of the cluster's own traffic."""

from __future__ import annotations

import pytest

from azext_kubenet.core.azure.security_rules import NetworkSecurityGroup, SecurityRule
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rules.network_security_group import (
    RULES,
    network_security_group_allows_egress,
    network_security_group_allows_nodes_and_pods,
)
from azext_kubenet.core.rules.rule import Finding, Severity, Status

from ..make import (
    SUBSCRIPTION,
    judge,
    make_cluster,
    make_id,
    make_networks,
    make_route,
    make_route_table,
    make_running_cluster,
    make_security_group,
    make_security_rule,
    make_subnet,
    make_unreadable,
    make_virtual_network,
)


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
    assert [each.code for each in RULES] == ["NSG1", "NSG2"]


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


def test_nsg1_what_cannot_be_compared_is_unknown() -> None:
    (finding,) = judge_nodes_and_pods(make_security_rule("odd", source_prefixes=("1234",)))
    assert (finding.status, finding.severity) == (Status.UNKNOWN, Severity.ERROR)
    assert "traffic between nodes and pods depends on 'odd' of network security group 'nsg'" in finding.message


def test_nsg1_what_only_a_warning_depends_on_is_unknown_as_a_warning() -> None:
    rule = make_security_rule("odd", source_prefixes=("1234",), protocol="Tcp", destination_ports=("22",))
    (finding,) = judge_nodes_and_pods(rule)
    assert (finding.status, finding.severity) == (Status.UNKNOWN, Severity.WARNING)


SSH_DENIED = {"protocol": "Tcp", "destination_ports": ("22",)}
SEVERITIES = {
    "everything": ({}, Severity.ERROR),
    "all of TCP": ({"protocol": "Tcp"}, Severity.ERROR),
    "all of TCP in two ranges": ({"protocol": "Tcp", "destination_ports": ("0-9999", "10000-65535")}, Severity.ERROR),
    "all of UDP": ({"protocol": "udp"}, Severity.ERROR),
    "ICMP": ({"protocol": "Icmp"}, Severity.ERROR),
    "DNS by UDP": ({"protocol": "Udp", "destination_ports": ("53",)}, Severity.ERROR),
    "DNS by TCP": ({"protocol": "Tcp", "destination_ports": ("50-60",)}, Severity.ERROR),
    "the kubelet": ({"protocol": "Tcp", "destination_ports": ("10250",)}, Severity.ERROR),
    "the kubelet's port by UDP": ({"protocol": "Udp", "destination_ports": ("10250",)}, Severity.WARNING),
    "SSH": (SSH_DENIED, Severity.WARNING),
    "high ports": ({"destination_ports": ("30000-32767",)}, Severity.WARNING),
    "low source ports": ({"protocol": "Tcp", "source_ports": ("0-1023",)}, Severity.WARNING),
    "pods to nodes": (
        {"source_prefixes": ("10.244.0.0/16",), "destination_prefixes": ("192.168.1.0/24",)},
        Severity.WARNING,
    ),
    "nodes to pods": (
        {"source_prefixes": ("192.168.1.0/24",), "destination_prefixes": ("10.244.0.0/16",)},
        Severity.ERROR,
    ),
    "some nodes": ({"source_prefixes": ("192.168.1.7",)}, Severity.ERROR),
}


@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
@pytest.mark.parametrize(("rest", "severity"), SEVERITIES.values(), ids=SEVERITIES)
def test_nsg1_severity_is_by_what_is_cut_off(rest: dict[str, object], severity: Severity, direction: str) -> None:
    (finding,) = judge_nodes_and_pods(make_security_rule(**{"direction": direction, **rest}))  # type: ignore[arg-type]
    assert (finding.status, finding.severity) == (Status.FAILED, severity)


def test_nsg1_all_ports_but_some_are_an_error_too() -> None:
    allowed = make_security_rule("some", 100, access="Allow", protocol="Tcp", destination_ports=("53", "10250"))
    (finding,) = judge_nodes_and_pods(allowed, make_security_rule("rest", 110, protocol="Tcp"))
    assert (finding.severity, finding.evidence["rule"]) == (Severity.ERROR, "rest")


def test_nsg1_a_denial_of_what_is_denied_before_does_not_count() -> None:
    rules = (make_security_rule("first", 100, protocol="Tcp"), make_security_rule("again", 110, **SSH_DENIED))
    assert [each.evidence["rule"] for each in judge_nodes_and_pods(*rules)] == ["first"]


ASG_ID = make_id("Microsoft.Network/applicationSecurityGroups", "web")
FROM_ASG = make_security_rule(source_prefixes=(), source_application_groups=(ASG_ID.text.upper(),))


@pytest.mark.parametrize(
    ("cluster", "flows"),
    [
        (make_cluster(), None),
        (make_cluster(application_security_groups=(ASG_ID,)), ("nodes -> nodes", "nodes -> pods")),
    ],
)
def test_nsg1_an_application_security_group_holds_the_nodes_that_are_in_it(
    cluster: ClusterRequest, flows: tuple[str, ...] | None
) -> None:
    """N:application-security-groups: members are network interfaces, so nodes may be in one and pods never."""
    (finding,) = judge_nodes_and_pods(FROM_ASG, cluster=cluster)
    assert finding.status is (Status.PASSED if flows is None else Status.FAILED)
    assert finding.evidence.get("flows") == flows


def test_nsg1_the_repair_says_which_rule_to_move_where_no_priority_is_free() -> None:
    taken = (make_security_rule(f"r{n}", n, destination_prefixes=("8.8.8.8",)) for n in (100, 102))
    (finding,) = judge_nodes_and_pods(make_security_rule("deny", 101), *taken)
    assert finding.commands == ()
    assert finding.remediation.startswith("Move rule 'deny' from priority 101 to priority 103,")
    every = [make_security_rule(f"r{n}", n, destination_prefixes=("8.8.8.8",)) for n in range(101, 4097)]
    (finding,) = judge_nodes_and_pods(make_security_rule("deny", 100), *every)
    assert finding.remediation.startswith("Move rule 'deny' from priority 100 to another priority,")


def test_nsg1_rule_that_denies_for_certain_is_not_unknown_too() -> None:
    rule = make_security_rule(source_prefixes=("192.168.1.9", "1234"))
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
        "TCP 53 to the DNS server 10.1.1.4",
        "UDP 53 to the DNS server 8.8.8.8",
        "TCP 53 to the DNS server 8.8.8.8",
    ]
    (finding,) = judge_egress(virtual_network=network)
    assert finding.status is Status.PASSED


def test_nsg2_a_low_source_port_is_nobodys() -> None:
    rule = make_outbound(source_ports=("0-1023",))
    (finding,) = judge_egress(rule, virtual_network=make_virtual_network(dns_servers=("10.1.1.4",)))
    assert finding.status is Status.PASSED


def test_nsg2_halves_of_everything_in_one_rule_are_everything() -> None:
    (finding,) = judge_egress(make_outbound(destination_prefixes=("0.0.0.0/1", "128.0.0.0/1")))
    assert (finding.status, finding.evidence["required"]) == (Status.FAILED, "TCP 443 to public endpoints")
    (finding,) = judge_egress(make_outbound(destination_prefixes=("0.0.0.0/1",)))
    assert finding.status is Status.UNKNOWN


def test_nsg2_an_application_security_group_is_no_public_destination() -> None:
    rule = make_outbound(destination_prefixes=(), destination_application_groups=(ASG_ID.text,))
    (finding,) = judge_egress(rule)
    assert finding.status is Status.PASSED


PLATFORM = {
    "AzurePlatformDNS": ["UDP 53 to Azure's DNS", "TCP 53 to Azure's DNS"],
    "azureplatformimds": ["TCP 80 to the instance metadata service (IMDS)"],
    "AzurePlatformLKM": [],
}


@pytest.mark.parametrize(("tag", "required"), PLATFORM.items())
def test_nsg2_a_denied_platform_service_is_named(tag: str, required: list[str]) -> None:
    findings = judge_egress(make_outbound(destination_prefixes=(tag,)))
    assert [each.evidence["required"] for each in findings if each.status is Status.FAILED] == required
    assert required or findings[0].status is Status.PASSED


def test_nsg2_platform_services_are_past_rules_that_do_not_name_them() -> None:
    rule = make_outbound(destination_prefixes=("168.63.129.16", "169.254.169.254", "168.0.0.0/8"))
    assert [each.status for each in judge_egress(rule)] == [Status.UNKNOWN]  # public endpoints may be in 168.0.0.0/8
    allowed = make_outbound("allow", 300, access="Allow", destination_prefixes=("AzurePlatformDNS",))
    (finding,) = judge_egress(allowed, make_outbound(destination_prefixes=("AzurePlatformDNS",)))
    assert finding.status is Status.PASSED


@pytest.mark.parametrize(("servers", "failed"), [(("10.1.1.4",), False), (("10.1.1.4", "168.63.129.16"), True)])
def test_nsg2_azures_dns_is_needed_where_it_is_used(servers: tuple[str, ...], failed: bool) -> None:
    rule = make_outbound(destination_prefixes=("AzurePlatformDNS",))
    findings = judge_egress(rule, virtual_network=make_virtual_network(dns_servers=servers))
    assert any(each.status is Status.FAILED for each in findings) is failed


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


# several subnets

NSG_TYPE = "Microsoft.Network/networkSecurityGroups"
MORE = make_subnet("more", "192.168.2.0/24", network_security_group_id=make_id(NSG_TYPE, "nsg"))
BARE = make_subnet("bare", "192.168.3.0/24")
WITHIN_ONE = make_security_rule("within", 100, access="Allow", source_prefixes=("192.168.2.0/24", "10.244.0.0/16"))


def group_of_more(*rules: SecurityRule) -> tuple[NetworkSecurityGroup, ...]:
    return (make_security_group(*rules),)


def test_nsg1_nodes_of_other_subnets_may_not_be_cut_off() -> None:
    facts = {"network_security_group": None, "further_subnets": (MORE, BARE)}
    (finding,) = judge_nodes_and_pods(**facts, further_security_groups=group_of_more(WITHIN_ONE, make_security_rule()))
    assert finding.is_error
    assert finding.evidence["flows"] == ("nodes -> nodes", "nodes -> pods")
    assert "192.168.1.0/24 192.168.2.0/24 192.168.3.0/24 10.244.0.0/16" in finding.commands[0]
    (finding,) = judge_nodes_and_pods(**facts, further_security_groups=group_of_more())
    assert finding.status is Status.PASSED


def test_nsg1_leaves_what_goes_between_other_subnets_to_their_groups() -> None:
    elsewhere = make_security_rule(source_prefixes=("192.168.2.0/24",), destination_prefixes=("192.168.3.0/24",))
    (finding,) = judge_nodes_and_pods(elsewhere, further_subnets=(MORE, BARE))
    assert finding.status is Status.PASSED


def test_nsg1_one_group_on_two_subnets_is_judged_for_both() -> None:
    shared = make_subnet(network_security_group_id=MORE.network_security_group_id)
    deny_more = make_security_rule(destination_prefixes=("192.168.2.0/24",))
    findings = judge_nodes_and_pods(deny_more, subnet=shared, further_subnets=(MORE,))
    assert [finding.is_error for finding in findings] == [True]


def test_nsg1_judges_the_subnets_of_a_cluster_that_runs() -> None:
    running = make_running_cluster(subnets=(make_subnet(), MORE))
    facts = {"network_security_group": None, "running_cluster": running}
    (finding,) = judge_nodes_and_pods(**facts, further_security_groups=group_of_more(make_security_rule()))
    assert finding.is_error


@pytest.mark.parametrize("unreadable", ["further_subnets", "further_security_groups"])
def test_nsg1_further_subnets_or_groups_that_are_unreadable_are_unknown(unreadable: str) -> None:
    for judged in (judge_nodes_and_pods, judge_egress):
        (finding,) = judged(**{unreadable: make_unreadable()})
        assert finding.status is Status.UNKNOWN


def test_nsg2_judges_the_groups_of_further_subnets() -> None:
    facts = {"network_security_group": None, "further_subnets": (MORE,)}
    findings = judge_egress(**facts, further_security_groups=group_of_more(make_outbound()))
    assert {finding.status for finding in findings} == {Status.FAILED}
    (finding,) = judge_egress(**facts)
    assert finding.status is Status.SKIPPED
