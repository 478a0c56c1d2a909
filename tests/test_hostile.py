"""Hostile input: no traceback but our own refusals, no hang, no quadratic work."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_kubenet._errors import translate
from azext_kubenet.arguments.cluster import parse_node_pool
from azext_kubenet.arguments.values import (
    UsageError,
    parse_address,
    parse_cidr,
    parse_cidrs,
    parse_codes,
    parse_count,
    parse_id,
    parse_name_or_id,
    parse_surge,
)
from azext_kubenet.arm.errors import ArmError, parse_error
from azext_kubenet.arm.json_reader import ParseError
from azext_kubenet.arm.parse.access import (
    parse_deny_assignment,
    parse_identity,
    parse_lock,
    parse_policy_state,
    parse_role_assignment,
    parse_role_definition,
)
from azext_kubenet.arm.parse.networks import (
    parse_network_security_group,
    parse_route_table,
    parse_subnet,
    parse_virtual_network,
)
from azext_kubenet.arm.reads import Reads
from azext_kubenet.arm.rounds import Round
from azext_kubenet.core.azure.networks import Peering
from azext_kubenet.core.azure.security_rules import SecurityRule
from azext_kubenet.core.azure.unreadable import Unreadable
from azext_kubenet.core.security_groups.blocked_flows import (
    Analysis,
    Direction,
    Region,
    Traffic,
    blocked_flows,
    public_endpoint,
    region,
)
from azext_kubenet.core.security_groups.service_tags import service_tags
from tests.hostile_text import steers
from tests.simulator import Simulator
from tests.test_arm.conftest import make_client
from tests.test_core.make import (
    make_security_group,
    make_security_rule,
    make_virtual_network,
)
from tests.work import lines_run

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/group"
MANY = 100_000

TEXTS = st.text(max_size=60) | st.from_regex(r"[0-9./:%,# =-]{0,30}", fullmatch=True)


PARSERS: list[Callable[[str], object]] = [
    lambda text: parse_cidr(text, "--option"),
    lambda text: parse_cidrs([text], "--option"),
    lambda text: parse_address(text, "--option"),
    lambda text: parse_count(text, "--option"),
    lambda text: parse_surge(text, "--option"),
    lambda text: parse_node_pool(text.split(" ")),
    lambda text: parse_codes([text]),
    lambda text: parse_id(text, "--option", "Microsoft.Network/virtualNetworks"),
    lambda text: parse_name_or_id(text, "--option", "Microsoft.Network/routeTables", subscription="s", group="g"),
]


@pytest.mark.parametrize("reader", PARSERS)
@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_an_argument_is_read_or_refused_with_a_repair(reader: Callable[[str], object], text: str) -> None:
    try:
        reader(text)
    except UsageError as error:
        assert error.message
        assert error.recommendation
        assert not steers(str(translate(error)))


def read_cost(text: str) -> int:
    return lines_run(lambda: parse_cidrs([text], "--option"))


def networks(count: int) -> str:
    return "\n".join(f"{10 + (n >> 16)}.{n >> 8 & 255}.{n & 255}.0/24 # site {n}" for n in range(count))


def test_a_hundred_thousand_prefixes_are_read() -> None:
    found = parse_cidrs([networks(MANY)], "--used-prefixes")
    assert len(found) == MANY


@pytest.mark.parametrize("make", [networks, lambda count: ",".join(["10.0.0.0/8"] * count)])
def test_the_work_grows_with_the_prefixes_and_no_faster(make: Callable[[int], str]) -> None:
    assert read_cost(make(2_000)) < read_cost(make(200)) * 12


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=12
)
SHAPES: dict[Callable[[object], object], dict[str, Any]] = {
    parse_subnet: {
        "id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
        "name": "s",
        "properties": {"addressPrefix": "10.0.0.0/24", "routeTable": {"id": "x"}, "delegations": [{"name": "d"}]},
    },
    parse_virtual_network: {
        "id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v",
        "name": "v",
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
            "subnets": [],
            "virtualNetworkPeerings": [{"name": "p", "properties": {}}],
        },
    },
    parse_route_table: {
        "id": f"{GROUP}/providers/Microsoft.Network/routeTables/t",
        "properties": {"routes": [{"name": "r", "properties": {"addressPrefix": "10.0.0.0/24"}}]},
    },
    parse_network_security_group: {
        "id": f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/n",
        "properties": {
            "securityRules": [
                {"properties": {"priority": 1, "direction": "Inbound", "access": "Deny", "protocol": "*"}},
            ],
            "defaultSecurityRules": [],
        },
    },
    parse_identity: {
        "id": f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i",
        "properties": {"principalId": "p"},
    },
    parse_role_assignment: {"id": "a", "properties": {"roleDefinitionId": "r", "principalId": "p"}},
    parse_role_definition: {"id": "r", "properties": {"permissions": [{"actions": ["*"]}]}},
    parse_deny_assignment: {"id": "d", "properties": {"permissions": [], "principals": [{"id": "p"}]}},
    parse_lock: {"id": "l", "properties": {"level": "ReadOnly"}},
    parse_policy_state: {"policyAssignmentId": "p"},
}


def spoiled(document: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """The document with some of its values replaced by anything."""
    if draw(st.integers(0, 7)) == 0:
        return draw(DOCUMENTS)
    if isinstance(document, dict):
        return {name: spoiled(value, draw) for name, value in document.items()}
    if isinstance(document, list):
        return [spoiled(value, draw) for value in document]
    return document


@pytest.mark.parametrize("reader", SHAPES, ids=[reader.__name__ for reader in SHAPES])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_document_is_read_or_refused_with_its_path(reader: Callable[[object], object], data: st.DataObject) -> None:
    try:
        reader(spoiled(SHAPES[reader], data.draw))
    except ParseError as error:
        assert "expected" in str(error)
        assert not steers(str(translate(error)))


@pytest.mark.parametrize("reader", SHAPES, ids=[reader.__name__ for reader in SHAPES])
def test_the_shapes_themselves_are_refused_for_a_bad_id_only(reader: Callable[[object], object]) -> None:
    shape = json.loads(json.dumps(SHAPES[reader]))
    shape.get("properties", {}).pop("routeTable", None)
    assert reader(shape) is not None


@settings(max_examples=200, deadline=None)
@given(status=st.integers(400, 599), body=st.text(max_size=80) | DOCUMENTS.map(json.dumps))
def test_an_error_body_of_any_shape_has_a_code_and_a_message(status: int, body: str) -> None:
    error = parse_error(status, body)
    assert error.code
    assert error.message
    assert not steers(str(translate(error)))


def test_an_error_body_that_is_nested_without_end_is_told_as_text() -> None:
    assert parse_error(400, "[" * MANY).code == "Http400"


LIST = f"{GROUP}/providers/Microsoft.Network/routeTables"


def test_a_list_of_nothing_is_empty(sim: Simulator) -> None:
    sim.add_fault(status=200, body={"value": []})
    assert make_client(sim).list(LIST) == []


@pytest.mark.parametrize(
    "body",
    [
        {"value": 5},
        {"value": {"name": "a"}},
        "text",
        {"value": None},
        {},
        [],
        {"value": [5]},
        {"value": [], "error": {}},
    ],
    ids=str,
)
def test_a_list_that_is_none_is_refused(sim: Simulator, body: object) -> None:
    sim.add_fault(status=200, body=body)
    with pytest.raises(ArmError) as caught:
        make_client(sim).list(LIST)
    assert caught.value.code == "InvalidAnswer"


def test_pages_that_go_in_circles_are_no_list(sim: Simulator) -> None:
    page = {"value": [{"name": "a"}], "nextLink": f"{sim.url}{LIST}?page=2"}
    sim.add_fault(status=200, body=page, times=20)
    with pytest.raises(ArmError, match="goes in circles"):
        make_client(sim).list(LIST)
    assert len(sim.sent("GET")) == 2


def test_pages_of_resource_graph_that_go_in_circles_are_no_list(sim: Simulator) -> None:
    page = {"data": [], "count": 0, "totalRecords": 9, "$skipToken": "again"}
    sim.add_fault(method="POST", status=200, body=page, times=20)
    with Round() as ask:
        clusters = ask(Reads(make_client(sim)).clusters_by_graph())
    assert isinstance(clusters.value, Unreadable)
    assert len(sim.sent("POST")) == 2


@pytest.mark.parametrize("value", [5, {"name": "a"}, [5]], ids=str)
@pytest.mark.parametrize("name", ["data", "value"])
def test_an_answer_without_its_list_is_unreadable(sim: Simulator, name: str, value: object) -> None:
    sim.add_fault(method="POST", status=200, body={name: value})
    reads = Reads(make_client(sim))
    with Round() as ask:
        clusters = ask(reads.clusters_by_graph() if name == "data" else None)
        states = ask(reads.policy_states(GROUP) if name == "value" else None)
    found = clusters.value or states.value
    assert isinstance(found, Unreadable)
    assert f"'{name}" in found.reason


def large_subnet(count: int) -> Any:
    used = [{"id": f"{GROUP}/providers/Microsoft.Network/networkInterfaces/n{n}"} for n in range(count)]
    subnet = json.loads(json.dumps(SHAPES[parse_subnet]))
    subnet["properties"] |= {"addressPrefixes": list(addresses(count)), "ipConfigurations": used}
    del subnet["properties"]["routeTable"]
    return subnet


def large_network(count: int) -> Any:
    network = json.loads(json.dumps(SHAPES[parse_virtual_network]))
    network["properties"]["addressSpace"]["addressPrefixes"] = list(addresses(count))
    small = large_subnet(1)
    network["properties"]["subnets"] = [{**small, "id": f"{small['id']}{n}", "name": f"s{n}"} for n in range(count)]
    return network


def large_table(count: int) -> Any:
    routes = [{"name": f"r{n}", "properties": {"addressPrefix": each}} for n, each in enumerate(addresses(count))]
    return {**SHAPES[parse_route_table], "properties": {"routes": routes}}


def large_group(count: int) -> Any:
    rule = {"priority": 1, "direction": "Inbound", "access": "Deny", "protocol": "*"}
    rules: list[dict[str, Any]] = [{"name": f"r{n}", "properties": {**rule, "priority": n}} for n in range(count)]
    rules[0]["properties"]["sourceAddressPrefixes"] = list(addresses(count))
    return {
        **SHAPES[parse_network_security_group],
        "properties": {"securityRules": rules, "defaultSecurityRules": []},
    }


@pytest.mark.parametrize(
    ("reader", "make"),
    [
        (parse_subnet, large_subnet),
        (parse_virtual_network, large_network),
        (parse_route_table, large_table),
        (parse_network_security_group, large_group),
    ],
    ids=lambda each: each.__name__,
)
def test_the_work_grows_with_the_document_and_no_faster(
    reader: Callable[[object], object], make: Callable[[int], object]
) -> None:
    small, large = make(200), make(2_000)
    assert lines_run(lambda: reader(large)) < lines_run(lambda: reader(small)) * 12


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=12),
    access=st.sampled_from(["Allow", "Deny", "deny", "?"]),
)
def test_rules_of_any_text_are_judged(texts: list[tuple[str, str, str]], access: str) -> None:
    rules = tuple(
        SecurityRule(
            name=f"rule{number}",
            priority=100 + number,
            direction="Inbound",
            access=access,
            protocol=protocol,
            source_prefixes=(prefix,),
            source_ports=(ports,),
            destination_prefixes=(prefix,),
            destination_ports=(ports,),
        )
        for number, (protocol, prefix, ports) in enumerate(texts)
    )
    nodes = parse_cidrs(["10.0.0.0/16"], "--option")
    traffic = Traffic(direction=Direction.INBOUND, source=region("a", nodes), destination=region("b", nodes))
    tags = service_tags(nodes=nodes)
    analysis = blocked_flows(make_security_group(*rules), [traffic], tags)
    assert {verdict.rule for verdict in (*analysis.denied, *analysis.undecided)} <= set(rules)


def addresses(count: int, first: int = 0) -> tuple[str, ...]:
    """Prefixes of which no two touch, so that none can be joined away."""
    return tuple(f"{10 + (n >> 16)}.{n >> 8 & 255}.{n & 255}.{first}/28" for n in range(count))


def one_rule_of_many_prefixes(count: int) -> list[SecurityRule]:
    return [make_security_rule("deny", source_prefixes=addresses(count), destination_prefixes=addresses(count, 64))]


def full_rules(count: int) -> list[SecurityRule]:
    """As many rules as Azure takes, with all the prefixes dealt out among them."""
    every, most = addresses(count), 1_000
    return [
        make_security_rule(
            f"rule{n}", 100 + n, access="Deny" if n % 2 else "Allow", source_prefixes=every[n::most] or ("*",)
        )
        for n in range(most)
    ]


def one_rule_of_many_ports(count: int) -> list[SecurityRule]:
    ranges = tuple(f"{n * 3 % 65_000}-{n * 3 % 65_000 + n % 2}" for n in range(count))
    return [make_security_rule("deny", destination_ports=ranges, source_ports=ranges)]


def crossing_rules(count: int) -> list[SecurityRule]:
    """Many ports, each alone, and one rule of many prefixes that concerns them all."""
    allowances = [
        make_security_rule(f"rule{n}", 100 + n, access="Allow", destination_ports=(f"{n + 1}",))
        for n in range(count // 100)
    ]
    return [
        *allowances,
        make_security_rule("some", 4_000, access="Allow", source_prefixes=addresses(count)),
        make_security_rule("last", 4_001),
    ]


def one_address(text: str) -> Region:
    return region("nodes", parse_cidrs([text], "--option"))


def judge(rules: list[SecurityRule], nodes: Region, peers: tuple[str, ...] = ()) -> Analysis:
    """What the group does to the nodes' traffic, among themselves and to a public service."""
    remote = parse_cidrs([" ".join(peers)], "--option") if peers else ()
    peering = Peering(name="peer", remote_address_prefixes=remote)
    tags = service_tags(nodes=[], virtual_network=make_virtual_network(peerings=(peering,)))
    among = Traffic(direction=Direction.INBOUND, source=nodes, destination=nodes)
    service = Traffic(direction=Direction.OUTBOUND, source=nodes, destination=public_endpoint("service", tags))
    return blocked_flows(make_security_group(*rules), [among, service], tags)


LARGE_GROUPS: dict[str, Callable[[int], Analysis]] = {
    "one rule of many prefixes": lambda count: judge(one_rule_of_many_prefixes(count), one_address("10.0.0.0/8")),
    "as many rules as Azure takes": lambda count: judge(full_rules(count), one_address("10.0.0.0/8")),
    "many ports": lambda count: judge(one_rule_of_many_ports(count), one_address("10.0.0.0/8")),
    "a subnet of many prefixes": lambda count: judge(
        one_rule_of_many_prefixes(count), one_address(" ".join(addresses(count)))
    ),
    "many peers": lambda count: judge(
        [make_security_rule("deny", source_prefixes=("VirtualNetwork",))], one_address("10.0.0.0/8"), addresses(count)
    ),
    "rules that cross": lambda count: judge(crossing_rules(count), one_address("10.0.0.0/8")),
}


@pytest.mark.parametrize("judged", LARGE_GROUPS.values(), ids=LARGE_GROUPS)
def test_the_work_grows_with_the_security_group_and_no_faster(judged: Callable[[int], Analysis]) -> None:
    judged(10_000)  # texts that are known by now cost less
    assert lines_run(lambda: judged(10_000)) < lines_run(lambda: judged(1_000)) * 12


@pytest.mark.parametrize("name", ["one rule of many prefixes", "as many rules as Azure takes", "many peers"])
def test_a_hundred_thousand_prefixes_of_a_security_group_are_judged(name: str) -> None:
    analysis = LARGE_GROUPS[name](MANY)
    assert analysis.complete
    assert analysis.denied
