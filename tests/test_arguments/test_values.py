"""What users type: read into types, or refused with the value and the repair, word for word."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from inspect import signature
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet._params import ROLES
from azext_kubenet.arguments.cluster import (
    ClusterArguments,
    parse_cluster,
    parse_node_pool,
    parse_node_pools,
    takes,
)
from azext_kubenet.arguments.values import (
    MAX_RANGES,
    UsageError,
    parse_address,
    parse_cidr,
    parse_cidrs,
    parse_cluster_id,
    parse_codes,
    parse_count,
    parse_id,
    parse_name_or_id,
    parse_subnet_id,
    parse_surge,
    parse_timeout,
)
from azext_kubenet.core.azure.identity_kind import IdentityKind
from azext_kubenet.core.azure.resource_types import SUBNET_TYPE, VIRTUAL_NETWORK_TYPE
from azext_kubenet.core.changes.role_grants import RoleChoice
from azext_kubenet.core.clusters.request import DEFAULT_SURGE, NodePool, OsType, Surge
from azext_kubenet.custom import kubenet_prepare

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
NETWORK_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet"
SUBNET_ID = f"{NETWORK_ID}/subnets/nodes"
IN_NOTATION = "Give it in CIDR notation, such as '10.240.0.0/24'."
POOL_KEYS = "name=..., count=..., max-count=..., max-pods=..., max-surge=..., os-type=..., subnet=..., vm-size=..."
A_POOL = "Give, for example, --nodepool name=system count=3 max-pods=110."
POOL_NAME = "Give name=NAME: 1 to 12 lower-case letters and digits, a letter first."


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """The two sentences that `call` is refused with."""
    with pytest.raises(UsageError) as caught:
        call()
    assert str(caught.value) == caught.value.message
    return caught.value.message, caught.value.recommendation


@pytest.mark.parametrize("text", ["10.240.0.0/24", " 10.240.0.0/24 ", "10.240.0.0/024"])
def test_a_prefix_is_read(text: str) -> None:
    assert parse_cidr(text, "--pod-cidr") == IPv4Network("10.240.0.0/24")


@pytest.mark.parametrize(
    ("text", "what", "repair"),
    [
        (
            "10.0.0.1/24",
            "'10.0.0.1/24' has host bits set: a /24 begins at 10.0.0.0.",
            "Give '10.0.0.0/24', or a longer prefix.",
        ),
        (
            "192.168.77.0/16",
            "'192.168.77.0/16' has host bits set: a /16 begins at 192.168.0.0.",
            "Give '192.168.0.0/16', or a longer prefix.",
        ),
        ("fd00::/64", "'fd00::/64' is IPv6; kubenet's ranges here are IPv4.", "Give an IPv4 prefix."),
        (
            "10.0.0.0",
            "'10.0.0.0' has no prefix length.",
            "Give a prefix in CIDR notation, such as '10.0.0.0/24'.",
        ),
        ("10.0.0.0/33", "'10.0.0.0/33' is not an IPv4 prefix.", IN_NOTATION),
        ("10.0.0.0/-1", "'10.0.0.0/-1' is not an IPv4 prefix.", IN_NOTATION),
        ("10.0.0.0/", "'10.0.0.0/' is not an IPv4 prefix.", IN_NOTATION),
        ("10.0.0.0/255.255.0.0", "'10.0.0.0/255.255.0.0' is not an IPv4 prefix.", IN_NOTATION),
        ("10.0.0.0/٢٤", "'10.0.0.0/٢٤' is not an IPv4 prefix.", IN_NOTATION),
        ("10.0.0.256/24", "'10.0.0.256/24' is not an IPv4 prefix.", IN_NOTATION),
        ("abc", "'abc' is not an IPv4 prefix.", IN_NOTATION),
        ("", "'' is not an IPv4 prefix.", IN_NOTATION),
    ],
)
def test_what_is_no_prefix_is_refused(text: str, what: str, repair: str) -> None:
    assert refusal(lambda: parse_cidr(text, "--pod-cidr")) == (f"--pod-cidr: {what}", repair)


def test_a_list_takes_spaces_commas_lines_and_comments_and_names_each_once() -> None:
    values = ["10.1.0.0/16,10.2.0.0/16 10.3.0.0/16", "# the office\n10.4.0.0/16 # and its guests\n\n10.1.0.0/16\n"]
    expected = tuple(IPv4Network(f"10.{n}.0.0/16") for n in (1, 2, 3, 4))
    assert parse_cidrs(values, "--used-prefixes") == expected
    assert parse_cidrs(None, "--used-prefixes") == ()


@pytest.mark.parametrize("values", [[], [""], [" \n\t"], ["# nothing but a comment\n"], [",,"]])
def test_a_list_with_nothing_in_it_is_refused(values: list[str]) -> None:
    assert refusal(lambda: parse_cidrs(values, "--on-premises-ranges")) == (
        "--on-premises-ranges: no prefix was given.",
        "Give at least one, or omit the option.",
    )


def test_one_bad_prefix_in_a_list_is_named() -> None:
    what, _ = refusal(lambda: parse_cidrs(["10.1.0.0/16", "10.2.0.1/16"], "--used-prefixes"))
    assert what == "--used-prefixes: '10.2.0.1/16' has host bits set: a /16 begins at 10.2.0.0."


def test_an_address_is_read() -> None:
    assert parse_address(" 10.0.0.10 ", "--dns-service-ip") == IPv4Address("10.0.0.10")


@pytest.mark.parametrize("text", ["10.0.0.10/32", "10.0.0", "::1", "abc", "010.0.0.10", ""])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert refusal(lambda: parse_address(text, "--dns-service-ip")) == (
        f"--dns-service-ip: '{text}' is not an IPv4 address.",
        "Give one such as '10.0.0.10'.",
    )


def test_a_count_is_read() -> None:
    assert [parse_count(text, "--growth") for text in ("0", " 7 ", 12, "007")] == [0, 7, 12, 7]


@pytest.mark.parametrize("text", ["-1", "1.5", "", "many", "+3", "1e3", "0x10", "1234567890", "٣"])
def test_what_is_no_count_is_refused(text: str) -> None:
    assert refusal(lambda: parse_count(text, "--node-count")) == (
        f"--node-count: '{text}' is not a count of one to nine digits.",
        "Give a whole number from 0.",
    )


def test_a_timeout_is_azures_ten_minutes_or_up_to_an_hour() -> None:
    assert [parse_timeout(text) for text in (None, "0", "3600")] == [600, 0, 3600]
    assert refusal(lambda: parse_timeout("3601")) == (
        "--role-propagation-timeout: 3601 s is longer than Azure ever takes.",
        "Give at most 3600.",
    )


def test_a_surge_is_a_count_or_a_percentage() -> None:
    assert parse_surge("5", "--max-surge") == Surge(value=5, percent=False)
    assert parse_surge("0", "--max-surge") == Surge(value=0, percent=False)
    assert parse_surge(" 33% ", "--max-surge") == Surge(value=33, percent=True)
    assert parse_surge("0%", "--max-surge") == Surge(value=0, percent=True)
    assert parse_surge("100%", "--max-surge") == Surge(value=100, percent=True)


@pytest.mark.parametrize("text", ["", "%", "-1", "10 %", "10%%", "half", "1.5%"])
def test_what_is_no_surge_is_refused(text: str) -> None:
    assert refusal(lambda: parse_surge(text, "--max-surge")) == (
        f"--max-surge: '{text}' is neither a count nor a percentage.",
        "Give one such as '1' or '10%'.",
    )


def test_a_surge_of_more_than_the_whole_pool_is_refused() -> None:
    assert refusal(lambda: parse_surge("101%", "--max-surge")) == (
        "--max-surge: '101%' is more than the whole pool.",
        "Give a percentage from 0% to 100%.",
    )


def test_a_node_pool_is_read() -> None:
    tokens = ["name=work", "count=5", "MAX-COUNT=20", "max-pods=50", "max-surge=33%", "os-type=windows"]
    assert parse_node_pool(tokens) == NodePool(
        name="work",
        node_count=5,
        max_count=20,
        max_pods=50,
        max_surge=Surge(value=33, percent=True),
        os_type=OsType.WINDOWS,
    )
    assert parse_node_pool(["name=a"]) == NodePool(name="a", node_count=3, max_count=3, max_surge=DEFAULT_SURGE)


@pytest.mark.parametrize(
    ("tokens", "what", "repair"),
    [
        (["system"], f"--nodepool: 'system' is not one of {POOL_KEYS}.", A_POOL),
        (["name=system", "count="], f"--nodepool: 'count=' is not one of {POOL_KEYS}.", A_POOL),
        (["name=system", "nodes=3"], f"--nodepool: 'nodes=3' is not one of {POOL_KEYS}.", A_POOL),
        (["name=a", "count=1", "count=2"], "--nodepool: 'count' is given twice.", "Give 'count' once per pool."),
        ([], "--nodepool: '' is not a valid node pool name.", POOL_NAME),
        (["count=3"], "--nodepool: '' is not a valid node pool name.", POOL_NAME),
        (["name=Work"], "--nodepool: 'Work' is not a valid node pool name.", POOL_NAME),
        (["name=1st"], "--nodepool: '1st' is not a valid node pool name.", POOL_NAME),
        (["name=thirteenchars"], "--nodepool: 'thirteenchars' is not a valid node pool name.", POOL_NAME),
        (
            ["name=a", "os-type=BSD"],
            "--nodepool: 'BSD' is not an operating system of a node pool.",
            "Give os-type=Linux or Windows.",
        ),
        (
            ["name=a", "count=-1"],
            "--nodepool a: count: '-1' is not a count of one to nine digits.",
            "Give a whole number from 0.",
        ),
        (
            ["name=a", "count=9", "max-count=8"],
            "--nodepool a: max-count: 8 is less than the 9 nodes the pool starts with.",
            "Give a maximum of at least the node count.",
        ),
        (
            ["name=a", "max-count=2"],
            "--nodepool a: max-count: 2 is less than the 3 nodes the pool starts with.",
            "Give a maximum of at least the node count.",
        ),
        (
            ["name=a", "max-pods=lots"],
            "--nodepool a: max-pods: 'lots' is not a count of one to nine digits.",
            "Give a whole number from 0.",
        ),
        (
            ["name=a", "max-surge=200%"],
            "--nodepool a: max-surge: '200%' is more than the whole pool.",
            "Give a percentage from 0% to 100%.",
        ),
    ],
)
def test_what_is_no_node_pool_is_refused(tokens: list[str], what: str, repair: str) -> None:
    assert refusal(lambda: parse_node_pool(tokens)) == (what, repair)


def test_the_four_simple_arguments_describe_one_pool() -> None:
    arguments = ClusterArguments(node_count="4", max_count="9", max_pods="50", max_surge="2")
    assert parse_node_pools(arguments) == (
        NodePool(name="nodepool1", node_count=4, max_count=9, max_pods=50, max_surge=Surge(value=2, percent=False)),
    )
    assert parse_node_pools(ClusterArguments()) == (NodePool(name="nodepool1", node_count=3, max_count=3),)


def test_a_maximum_below_the_count_is_refused() -> None:
    assert refusal(lambda: parse_node_pools(ClusterArguments(node_count="5", max_count="4"))) == (
        "--max-count: 4 is less than the 5 nodes the pool starts with.",
        "Give a maximum of at least the node count.",
    )


def test_several_pools_keep_their_order() -> None:
    arguments = ClusterArguments(nodepool=[["name=system"], ["name=work", "count=7"]])
    assert [(pool.name, pool.node_count) for pool in parse_node_pools(arguments)] == [("system", 3), ("work", 7)]


def test_a_pool_named_twice_is_refused() -> None:
    arguments = ClusterArguments(nodepool=[["name=a"], ["name=b"], ["name=a", "count=9"]])
    assert refusal(lambda: parse_node_pools(arguments)) == (
        "--nodepool: 'a' is named twice.",
        "Give each node pool a name of its own.",
    )


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("node_count", "--node-count"),
        ("max_count", "--max-count"),
        ("max_pods", "--max-pods"),
        ("max_surge", "--max-surge"),
    ],
)
def test_a_simple_argument_beside_nodepool_is_refused(name: str, option: str) -> None:
    given_both: dict[str, Any] = {"nodepool": [["name=a"]], name: "1"}
    assert refusal(lambda: parse_node_pools(ClusterArguments(**given_both))) == (
        f"{option} cannot be combined with --nodepool, which describes each pool itself.",
        "Put the value into each --nodepool.",
    )


def test_a_cluster_of_all_arguments() -> None:
    arguments = ClusterArguments(
        node_count="2",
        internal_load_balancers="4",
        pod_cidr="10.245.0.0/16",
        service_cidr="10.1.0.0/16",
        dns_service_ip="10.1.0.10",
        outbound_type="userDefinedRouting",
        network_policy="calico",
        on_premises_ranges=["172.16.0.0/12"],
    )
    cluster = parse_cluster(arguments, location="westeurope", identity_kind=IdentityKind.SERVICE_PRINCIPAL)
    assert (cluster.pod_cidr, cluster.service_cidr) == (IPv4Network("10.245.0.0/16"), IPv4Network("10.1.0.0/16"))
    assert (cluster.dns_service_ip, cluster.internal_load_balancers) == (IPv4Address("10.1.0.10"), 4)
    assert (cluster.outbound_type, cluster.network_policy) == ("userDefinedRouting", "calico")
    assert cluster.on_premises_ranges == (IPv4Network("172.16.0.0/12"),)
    assert (cluster.location, cluster.identity_kind) == ("westeurope", IdentityKind.SERVICE_PRINCIPAL)


def test_a_cluster_of_no_arguments_leaves_the_choice_to_azure() -> None:
    cluster = parse_cluster(ClusterArguments())
    assert (cluster.pod_cidr, cluster.service_cidr, cluster.dns_service_ip) == (None, None, None)
    assert (cluster.internal_load_balancers, cluster.on_premises_ranges) == (0, ())


@pytest.mark.parametrize(
    ("field", "option"),
    [("pod_cidr", "--pod-cidr"), ("service_cidr", "--service-cidr"), ("dns_service_ip", "--dns-service-ip")],
)
def test_an_empty_range_is_refused_by_its_option(field: str, option: str) -> None:
    empty: dict[str, Any] = {field: ""}
    what, _ = refusal(lambda: parse_cluster(ClusterArguments(**empty)))
    assert what.startswith(f"{option}: '' is not an IPv4 ")


def test_codes_are_upper_case_and_separated_by_anything() -> None:
    assert parse_codes(["rt3,OVL1", "sn2"]) == {"RT3", "OVL1", "SN2"}
    assert parse_codes(None) == frozenset()
    assert parse_codes([""]) == frozenset()


def test_an_unknown_code_is_refused() -> None:
    assert refusal(lambda: parse_codes(["RT3", "rt99"])) == (
        "--ignore: 'RT99' is not the code of a rule.",
        "See 'az aks kubenet list-rules' for the codes.",
    )


def test_an_id_is_read_in_any_casing() -> None:
    text = SUBNET_ID.replace("resourceGroups", "resourcegroups").replace("Microsoft.Network", "MICROSOFT.NETWORK")
    assert str(parse_id(text, "--vnet-subnet-id", SUBNET_TYPE)) == text


def test_an_id_of_another_type_is_refused() -> None:
    assert refusal(lambda: parse_id(NETWORK_ID, "--vnet-subnet-id", SUBNET_TYPE)) == (
        f"--vnet-subnet-id: '{NETWORK_ID}' is the ID of a Microsoft.Network/virtualNetworks.",
        "Give the ID of a Microsoft.Network/virtualNetworks/subnets.",
    )


@pytest.mark.parametrize("text", ["", "nodes", "/subscriptions/s/resourceGroups/rg", f"{NETWORK_ID}/subnets", "//"])
def test_what_is_no_id_is_refused(text: str) -> None:
    assert refusal(lambda: parse_id(text, "--vnet-subnet-id", SUBNET_TYPE)) == (
        f"--vnet-subnet-id: '{text}' is not the ID of a resource in a resource group.",
        "Give the ID of a Microsoft.Network/virtualNetworks/subnets, as '--query id' prints it.",
    )


def named(text: str, group: str | None = "rg") -> str:
    return str(
        parse_name_or_id(text, "--vnet-name", VIRTUAL_NETWORK_TYPE, subscription=SUBSCRIPTION, group=group),
    )


def test_a_name_is_in_the_group_and_an_id_stands_as_it_is() -> None:
    assert named("vnet") == NETWORK_ID
    assert named(NETWORK_ID.upper(), group=None) == NETWORK_ID.upper()


def test_a_name_without_a_group_is_refused() -> None:
    assert refusal(lambda: named("vnet", group=None)) == (
        "--vnet-name: 'vnet' is a name, and its resource group is not known.",
        "Add --resource-group.",
    )


@pytest.mark.parametrize("text", ["a/b", "", " "])
def test_what_is_neither_name_nor_id_is_refused(text: str) -> None:
    assert refusal(lambda: named(text)) == (
        f"--vnet-name: '{text}' is neither a name nor an ID.",
        "Give a resource's name or its ID.",
    )


@pytest.mark.parametrize("name", ["aks", "a", "My_AKS-1", "a" * 63])
def test_names_of_clusters(name: str) -> None:
    assert parse_cluster_id(name, group="my.group_(1)-x", subscription=SUBSCRIPTION).name == name


@pytest.mark.parametrize("name", ["", " ", "a/b", "-a", "a-", "bad!", "a" * 64, "a?b", "a\n", "/subscriptions/x"])
def test_what_is_no_name_of_a_cluster_is_refused(name: str) -> None:
    assert refusal(lambda: parse_cluster_id(name, group="rg", subscription=SUBSCRIPTION)) == (
        f"'{name}' is not a valid cluster name.",
        "Give 1 to 63 letters, digits, '-' or '_' that begin and end with a letter or digit.",
    )


@pytest.mark.parametrize("group", ["", " ", "rg/nonsense", "rg?", "rg#", "a b"])
def test_what_is_no_name_of_a_group_is_refused(group: str) -> None:
    message = f"--resource-group: '{group}' is not a valid resource group name."
    assert refusal(lambda: parse_cluster_id("aks", group=group, subscription=SUBSCRIPTION))[0] == message
    names = {"group": group, "vnet_name": "vnet", "subnet_name": "nodes"}
    assert refusal(lambda: subnet(**names))[0] == message


@pytest.mark.parametrize("end", ["?x", "#x", "%2F", "\n"])
def test_an_id_that_would_lead_elsewhere_is_refused(end: str) -> None:
    assert refusal(lambda: subnet(vnet_subnet_id=SUBNET_ID + end))[0] == (
        f"--vnet-subnet-id: '{SUBNET_ID}{end}' holds a character that no ID has"
    )


def test_a_file_that_is_not_there_is_told() -> None:
    assert refusal(lambda: parse_cidrs(["@ranges.txt"], "--used-prefixes")) == (
        "--used-prefixes: the file 'ranges.txt' was not found.",
        "Check the path.",
    )


def subnet(**given_names: str) -> str:
    keys = ("vnet_subnet_id", "group", "vnet_name", "subnet_name")
    return str(parse_subnet_id(subscription=SUBSCRIPTION, **{key: given_names.get(key) for key in keys}))


def test_a_subnet_by_names_and_by_id() -> None:
    assert subnet(group="rg", vnet_name="vnet", subnet_name="nodes") == SUBNET_ID
    assert subnet(vnet_subnet_id=SUBNET_ID, group="another") == SUBNET_ID
    network_id = SUBNET_ID.rpartition("/subnets/")[0]
    assert subnet(vnet_name=network_id, subnet_name="nodes") == SUBNET_ID
    assert subnet(vnet_name=network_id, subnet_name="nodes", group="another") == SUBNET_ID


def test_a_subnet_is_not_named_by_an_id_of_its_own() -> None:
    assert refusal(lambda: subnet(group="rg", vnet_name="vnet", subnet_name=SUBNET_ID)) == (
        f"--subnet-name: '{SUBNET_ID}' is not a valid subnet name.",
        "Give its name, or its ID with --vnet-subnet-id.",
    )
    assert refusal(lambda: subnet(vnet_name=SUBNET_ID, subnet_name="nodes"))[0] == (
        f"--vnet-name: '{SUBNET_ID}' is the ID of a Microsoft.Network/virtualNetworks/subnets."
    )


@pytest.mark.parametrize("missing", ["group", "vnet_name", "subnet_name"])
def test_a_subnet_that_is_named_in_part_is_refused(missing: str) -> None:
    names = {"group": "rg", "vnet_name": "vnet", "subnet_name": "nodes"}
    del names[missing]
    assert refusal(lambda: subnet(**names)) == (
        "No subnet is named.",
        "Give --vnet-subnet-id, or --resource-group with --vnet-name and --subnet-name.",
    )


@pytest.mark.parametrize("extra", ["vnet_name", "subnet_name"])
def test_a_subnet_that_is_named_twice_is_refused(extra: str) -> None:
    assert refusal(lambda: subnet(vnet_subnet_id=SUBNET_ID, **{extra: "x"})) == (
        "--vnet-subnet-id already names the network and the subnet.",
        "Give the ID or the names.",
    )


def test_takes_gives_a_handler_a_flag_for_every_field() -> None:
    @takes(ClusterArguments)
    def handler(cmd: object, first: str | None = None, **cluster: Any) -> tuple[object, str | None, dict[str, Any]]:
        return cmd, first, cluster

    parameters = signature(handler).parameters
    assert list(parameters)[:3] == ["cmd", "first", "node_count"]
    assert "cluster" not in parameters
    assert all(parameters[name].default is None for name in list(parameters)[1:])


def test_the_roles_that_can_be_typed_are_those_that_prepare_knows() -> None:
    assert list(ROLES) == [each.value for each in RoleChoice]
    assert RoleChoice(signature(kubenet_prepare).parameters["role"].default) is RoleChoice.NETWORK_CONTRIBUTOR


def test_takes_asks_for_a_field_without_a_default() -> None:
    parameters = signature(kubenet_prepare).parameters
    required = {name for name, each in parameters.items() if each.default is each.empty}
    assert required == {"cmd", "resource_group_name", "cluster_name"}


TEXTS = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="0123456789./:%-+ ,#\n", max_size=20),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"(name|count|max-count|max-pods|max-surge|os-type|x)=.{0,8}", fullmatch=True),
)


@pytest.mark.parametrize(
    "parse",
    [
        lambda text: parse_cidr(text, "-x"),
        lambda text: parse_cidrs([text], "-x"),
        lambda text: parse_address(text, "-x"),
        lambda text: parse_count(text, "-x"),
        lambda text: parse_surge(text, "-x"),
        lambda text: parse_node_pool([text, f"name={text}"]),
        lambda text: parse_node_pool(["name=a", text]),
        lambda text: parse_codes([text]),
        lambda text: parse_id(text, "-x", SUBNET_TYPE),
        lambda text: parse_id(f"/{text}/{text}", "-x", SUBNET_TYPE),
        named,
        lambda text: subnet(vnet_subnet_id=text),
        lambda text: parse_cluster(ClusterArguments(pod_cidr=text, node_count=text, max_surge=text)),
    ],
)
@given(text=TEXTS)
def test_any_text_is_read_or_refused_as_usage(parse: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(UsageError):
        parse(text)


@given(text=TEXTS)
def test_what_is_read_as_a_prefix_has_no_host_bits_and_reads_back(text: str) -> None:
    with contextlib.suppress(UsageError):
        network = parse_cidr(text, "-x")
        assert parse_cidr(str(network), "-x") == network


def test_more_ranges_than_any_network_has_are_refused_before_each_is_read() -> None:
    many = "\n".join(f"{number:x}" for number in range(MAX_RANGES + 1))
    with pytest.raises(UsageError, match=r"1,000,001 prefixes are more than the 1,000,000 that are taken"):
        parse_cidrs([many], "--used-prefixes")


def test_a_range_that_is_given_often_is_read_once() -> None:
    assert len(parse_cidrs(["10.0.0.0/24\n" * 200_000], "--used-prefixes")) == 1
