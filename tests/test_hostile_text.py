"""What Azure says never steers a terminal: findings, tables, errors, advice, progress and questions."""

from __future__ import annotations

import io
import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.cli.core.azclierror import AzCLIError, ValidationError
from azure.core.exceptions import HttpResponseError
from hypothesis import given
from hypothesis import strategies as st
from knack import prompting

from azext_kubenet._errors import translate
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.arm.apply import InterruptedApplyError
from azext_kubenet.arm.errors import parse_error
from azext_kubenet.arm.json_reader import ParseError
from azext_kubenet.core.azure.access import ManagedIdentity
from azext_kubenet.core.azure.printable import printable
from azext_kubenet.core.azure.restrictions import Lock
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.changes.change import Action, Change, MissingResourceError, RefusedError
from azext_kubenet.core.changes.prepare import PrepareRequest, decide_prepare
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.plan.plan import PlanRequest, plan_addresses, planned_snapshot
from azext_kubenet.core.rules import all_rules, plan_rules
from azext_kubenet.core.rules.evaluation import evaluate
from azext_kubenet.core.rules.rule import Stage
from azext_kubenet.progress import AzReporter
from azext_kubenet.render.plan import render_plan
from azext_kubenet.render.plan_table import plan_table
from azext_kubenet.render.prepare import changes_table, create_command, render_prepared
from azext_kubenet.render.report import render_report
from azext_kubenet.render.report_table import report_table
from azext_kubenet.session import confirm
from tests.hostile_text import STEERING, everything_in, steers, unseen
from tests.simulator import AzSession, Simulator
from tests.test_commands.azure import GROUPS, NETWORK, SUBNET, kubenet, put_network, put_ready
from tests.test_commands.creating import PREPARED, create
from tests.test_core.make import (
    TODAY,
    make_cluster,
    make_id,
    make_route,
    make_route_table,
    make_security_group,
    make_security_rule,
    make_subnet,
    make_virtual_network,
)

FAILED = Change(action=Action.CREATE, resource_type="t", resource_id=f"/a/{STEERING}", reason="r")
TOLD = parse_error(400, json.dumps({"error": {"code": f"Bad{STEERING}", "message": f"told {STEERING}"}}))


def shown_by_az(error: Exception) -> list[str]:
    """What az prints of it: message and advice of its own errors, the first argument of others."""
    if isinstance(error, AzCLIError):
        return [error.error_msg, str(error), *error.recommendations]
    return [str(error.args[0])]


@pytest.mark.parametrize(
    "error",
    [
        UsageError(f"bad {STEERING}", f"Give another {STEERING}."),
        MissingResourceError(f"gone {STEERING}", f"Look {STEERING}."),
        RefusedError(f"no {STEERING}", ("Ask:", f"az {STEERING}")),
        TOLD,
        parse_error(404, json.dumps({"code": "NotFound", "message": STEERING})),
        ParseError("text", "nothing", STEERING),
        InterruptedApplyError((FAILED,), ((FAILED, TOLD),), f"az {STEERING}"),
        HttpResponseError(f"refused {STEERING}"),
        ValidationError(f"refused by az {STEERING}", recommendation=f"Try {STEERING}"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_does_not_steer_the_terminal(error: Exception) -> None:
    shown = shown_by_az(translate(error))
    assert any("\N{REPLACEMENT CHARACTER}" in text for text in shown)
    assert [text for text in shown if steers(text)] == []


def test_a_question_does_not_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prompting, "verify_is_a_tty", lambda: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO("what?\nYES\n"))
    confirm(f"This will delete {STEERING}.", "Continue?")
    shown, asked = capsys.readouterr()
    assert shown == ""
    assert asked.startswith("This will delete ")
    assert asked.endswith("\nContinue? (y/N): Answer y or n (y/N): ")
    assert not steers(asked.replace("\n", ""))


def test_half_a_surrogate_pair_does_not_stop_the_output() -> None:
    assert printable(json.loads('"a\\ud800b"')).encode() == "a\N{REPLACEMENT CHARACTER}b".encode()


@given(text=st.text())
def test_printable_leaves_nothing_that_steers_and_all_else(text: str) -> None:
    shown = printable(text)
    assert not steers(shown)
    assert len(shown) == len(text)
    assert steers(text) or unseen(text) or shown == text


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


def test_names_from_azure_do_not_steer_the_terminal_in_a_plan() -> None:
    subnet = make_subnet(name=f"nodes{STEERING}")
    network = replace(make_virtual_network(subnet), name=f"vnet{STEERING}")
    plan = plan_addresses(
        PlanRequest(cluster=ClusterRequest(node_pools=make_cluster().node_pools), virtual_network=network)
    )
    snapshot = planned_snapshot(plan)
    report = evaluate(plan_rules(), cluster=plan.cluster, snapshot=snapshot, today=TODAY, stage=Stage.PLAN)
    assert any(steers(command) for command in plan.next_commands), "no hostile name reached a command"

    rendered = render_plan(plan, report)
    shown = [*everything_in(rendered), *everything_in(plan_table(rendered))]
    assert [text for text in shown if steers(text)] == []


HOSTILE_NAMES = (STEERING, "a b", "it's", '"quoted"', "$(reboot)", "`reboot`", "a\nb", "; reboot #", "\\", "*", "-n")


def prepared(name: str) -> tuple[dict[str, Any], str]:
    """The answer of prepare where everything has that name, and its command before it is rendered."""
    subnet = make_subnet(name=name)
    assert subnet.id is not None
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    identity = ManagedIdentity(
        id=make_id(kind, name), location="westeurope", principal_id=f"p{name}", client_id=f"c{name}"
    )
    request = PrepareRequest(
        cluster_id=make_id("Microsoft.ContainerService/managedClusters", name),
        subnet_id=subnet.id,
        identity_id=identity.id,
        identity_given=False,
        route_table_id=make_id("Microsoft.Network/routeTables", name),
        route_table_given=False,
    )
    intent = decide_prepare(
        request, Snapshot(subnet=subnet, virtual_network=make_virtual_network(subnet), identity=identity)
    )
    return render_prepared(request, intent, intent.changes, identity), create_command(request, intent)


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_names_do_not_steer_the_terminal_nor_the_shell_in_what_prepare_answers(name: str) -> None:
    rendered, command = prepared(name)
    shown = [*everything_in(rendered), *everything_in(changes_table(rendered))]
    assert [text for text in shown if steers(text)] == []
    words = shlex.split(command)
    assert words[words.index("--name") + 1] == name
    assert len(words) == len(shlex.split(prepared("plain")[1]))


# With the real az: what reaches stdout and stderr


def put_hostile(sim: Simulator) -> None:
    """A rule of the subnet's security group that denies, under a name that steers."""
    rule = {
        "name": f"deny{STEERING}",
        "properties": {
            "priority": 100,
            "direction": "Inbound",
            "access": "Deny",
            "protocol": "*",
            "sourceAddressPrefix": "*",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": "*",
        },
    }
    sim.put(f"{GROUPS}/nsg", {"location": "westeurope", "properties": {"securityRules": [rule]}})
    put_network(sim, networkSecurityGroup={"id": f"{GROUPS}/nsg"})


@pytest.mark.parametrize("output", ["json", "jsonc", "yaml", "tsv", "table"])
def test_a_name_from_azure_does_not_steer_the_terminal_in_any_format(
    sim: Simulator, az: AzSession, output: str
) -> None:
    put_hostile(sim)
    query = ("--query", "findings[?status=='failed'].message") if output == "tsv" else ()
    done = kubenet(az, "validate-subnet", "--vnet-subnet-id", SUBNET, "--output", output, *query)
    assert done.returncode == 4, done.stderr
    assert "'deny" in done.stdout
    assert not steers(done.stdout)
    assert not steers(done.stderr)


def refused_plan(sim: Simulator, az: AzSession) -> str:
    put_network(sim)
    sim.add_fault(path="/virtualNetworks/vnet$", status=400, code="Hostile", message=f"told {STEERING}")
    return kubenet(az, "plan", "--vnet-id", NETWORK).stderr


def refused_cluster(sim: Simulator, az: AzSession) -> str:
    put_ready(sim)
    sim.add_fault(method="PUT", path="/managedClusters/", status=400, code="Hostile", message=f"told {STEERING}")
    return create(az, *PREPARED).stderr


def refused_group(sim: Simulator, az: AzSession) -> str:
    """Azure's refusal of a request of az's own, which az's own error tells."""
    put_ready(sim)
    sim.add_fault(path="/resourceGroups/rg$", times=None, status=400, code="Hostile", message=f"told {STEERING}")
    return az.run("aks", "kubenet", "create", "-g", "rg", "-n", "aks", "--no-ssh-key", *PREPARED).stderr


@pytest.mark.parametrize("refusal", [refused_plan, refused_cluster, refused_group])
def test_a_refusal_of_azure_does_not_steer_the_terminal(
    sim: Simulator, az: AzSession, refusal: Callable[[Simulator, AzSession], str]
) -> None:
    shown = refusal(sim, az)
    assert "told " in shown
    assert not steers(shown)
