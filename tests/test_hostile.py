"""Hostile input: no traceback but our own refusals, no hang, no quadratic work, nothing that steers a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azext_kubenet._errors import translate
from azext_kubenet.arguments import (
    UsageError,
    parse_address,
    parse_cidr,
    parse_cidrs,
    parse_codes,
    parse_count,
    parse_id,
    parse_name_or_id,
    parse_node_pool,
    parse_surge,
)
from azext_kubenet.arm import parse
from azext_kubenet.arm.errors import parse_error
from azext_kubenet.arm.json_reader import ParseError
from azext_kubenet.core.changes import MissingResourceError, RefusedError
from azext_kubenet.core.model import Lock, SecurityRule, Snapshot
from azext_kubenet.core.network_security import Direction, Traffic, blocked_flows, region
from azext_kubenet.core.rule import Stage, evaluate
from azext_kubenet.core.rules import all_rules
from azext_kubenet.core.service_tags import service_tags
from azext_kubenet.progress import AzReporter
from azext_kubenet.render.report import printable, render_report, report_table
from tests.test_core.make import (
    TODAY,
    make_cluster,
    make_route,
    make_route_table,
    make_security_group,
    make_security_rule,
    make_subnet,
    make_virtual_network,
)

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/group"
MANY = 100_000
STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\x00\r\x7f\x85"

TEXTS = st.text(max_size=60) | st.from_regex(r"[0-9./:%,# =-]{0,30}", fullmatch=True)


def steers(text: str) -> bool:
    """Whether a terminal would take part of the text as a command."""
    return any((ord(each) < 32 and each not in "\t\n") or 127 <= ord(each) < 160 for each in text)


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


class Work:
    """Counts the lines of Python that run, which no other load on the machine changes."""

    def __init__(self) -> None:
        self.lines = 0

    def of(self, work: Callable[[], object]) -> int:
        def trace(_frame: Any, event: str, _argument: Any) -> Any:
            self.lines += event == "line"
            return trace

        present = sys.gettrace()
        sys.settrace(trace)
        try:
            work()
        finally:
            sys.settrace(present)
        return self.lines


def read_cost(text: str) -> int:
    return Work().of(lambda: parse_cidrs([text], "--option"))


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
    parse.parse_subnet: {
        "id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
        "name": "s",
        "properties": {"addressPrefix": "10.0.0.0/24", "routeTable": {"id": "x"}, "delegations": [{"name": "d"}]},
    },
    parse.parse_virtual_network: {
        "id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v",
        "name": "v",
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
            "subnets": [],
            "virtualNetworkPeerings": [{"name": "p", "properties": {}}],
        },
    },
    parse.parse_route_table: {
        "id": f"{GROUP}/providers/Microsoft.Network/routeTables/t",
        "properties": {"routes": [{"name": "r", "properties": {"addressPrefix": "10.0.0.0/24"}}]},
    },
    parse.parse_network_security_group: {
        "id": f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/n",
        "properties": {
            "securityRules": [
                {"properties": {"priority": 1, "direction": "Inbound", "access": "Deny", "protocol": "*"}},
            ]
        },
    },
    parse.parse_identity: {
        "id": f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i",
        "properties": {"principalId": "p"},
    },
    parse.parse_role_assignment: {"id": "a", "properties": {"roleDefinitionId": "r", "principalId": "p"}},
    parse.parse_role_definition: {"id": "r", "properties": {"permissions": [{"actions": ["*"]}]}},
    parse.parse_deny_assignment: {"id": "d", "properties": {"principals": [{"id": "p"}]}},
    parse.parse_lock: {"id": "l", "properties": {"level": "ReadOnly"}},
    parse.parse_policy_state: {"policyAssignmentId": "p"},
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


@pytest.mark.parametrize(
    "error",
    [
        UsageError(f"bad {STEERING}", "Give another."),
        MissingResourceError(f"gone {STEERING}", "Look."),
        RefusedError(f"no {STEERING}", "Ask."),
        parse_error(400, json.dumps({"error": {"code": f"Bad{STEERING}", "message": f"told {STEERING}"}})),
        parse_error(404, json.dumps({"code": "NotFound", "message": STEERING})),
        ParseError(f"expected text in '{STEERING}', got nothing"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_does_not_steer_the_terminal(error: Exception) -> None:
    assert not steers(str(translate(error)))


@given(text=st.text())
def test_printable_leaves_nothing_that_steers_and_all_else(text: str) -> None:
    shown = printable(text)
    assert not steers(shown)
    assert len(shown) == len(text)
    assert steers(text) or shown == text


class Controller:
    """Stands where azure-cli's progress controller does, and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def begin(self) -> None: ...

    def add(self, *, message: str) -> None:
        self.told.append(message)


class Context:
    def __init__(self) -> None:
        self.controller = Controller()

    def get_progress_controller(self, *, det: bool) -> Controller:
        assert not det
        return self.controller


def test_progress_does_not_steer_the_terminal() -> None:
    context = Context()
    AzReporter(context).say(f"Writing {STEERING}")
    (told,) = context.controller.told
    assert told.startswith("Writing ")
    assert not steers(told)


def everything_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.items() for part in each for text in everything_in(part)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in everything_in(each)]
    return [value] if isinstance(value, str) else []


def test_names_from_azure_do_not_steer_the_terminal_in_findings_and_tables() -> None:
    subnet = make_subnet(delegations=(STEERING,), private_endpoints=(STEERING,), service_association_links=(STEERING,))
    snapshot = Snapshot(
        virtual_network=make_virtual_network(subnet),
        subnet=subnet,
        route_table=make_route_table(make_route(name=STEERING)),
        network_security_group=make_security_group(make_security_rule(name=f"deny{STEERING}")),
        locks=(Lock(name=STEERING, level="ReadOnly", scope=str(subnet.id)),),
    )
    report = evaluate(all_rules(), cluster=make_cluster(), snapshot=snapshot, today=TODAY, stage=Stage.CREATE)
    assert any(steers(finding.message) for finding in report.findings), "no hostile name reached a finding"

    rendered = render_report(report, subnet.id)
    shown = [*everything_in(rendered), *everything_in(report_table(rendered))]
    assert [text for text in shown if steers(text)] == []


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
    tags = service_tags(networks=nodes)
    analysis = blocked_flows(make_security_group(*rules), [traffic], tags)
    assert {verdict.rule for verdict in (*analysis.denied, *analysis.undecided)} <= set(rules)
