"""Every command that a finding prints is run as it is printed, from another default subscription, and judged again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from azext_kubenet.core.rules import all_rules
from tests.simulator import AzSession, Completed, Simulator

from .azure import (
    CLUSTER,
    GROUP,
    IDENTITIES,
    IDENTITY,
    NAMES,
    NETWORK,
    SUBNET,
    TABLE,
    TABLES,
    kubenet,
    put_cluster,
    put_identity,
    put_network,
    put_ready,
    put_table,
)

Json = dict[str, Any]

MORE: Final = f"{NETWORK}/subnets/more"
GATEWAY: Final = f"{NETWORK}/subnets/gateway"
KUBELET: Final = f"{IDENTITIES}/kubelet"
API_SERVER: Final = f"{NETWORK}/subnets/api"
ZONE: Final = f"{GROUP[:-2]}hub/providers/Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io"
FOREIGN_GROUP: Final = f"{GROUP[:-2]}others/providers/Microsoft.Network/networkSecurityGroups/group"

SUBSCRIPTION: Final = f"/subscriptions/{Simulator.subscription_id}"
IDENTITY_WORDS: Final = ("--assign-identity", IDENTITY)


@dataclass(frozen=True, kw_only=True)
class World:
    """A state of Azure, what is asked about it, and the codes whose printed commands are run, in this order.

    `then` are the words of the second question, with `{identity}` for what a printed preparation made; None where they
    are those of the first. `asked_as` is the role of whoever asks first; an Owner runs what is printed. `partly` says
    that the rule also finds what no command repairs. `carried` are words of the command that makes the cluster, which a
    printed preparation answers.
    """

    name: str
    seed: Callable[[Simulator], None]
    words: tuple[str, ...]
    codes: tuple[str, ...]
    then: tuple[str, ...] | None = None
    asked_as: str = "Owner"
    partly: bool = False
    carried: tuple[str, ...] = ()
    settle: Callable[[Simulator], None] | None = None


def _rule(name: str, priority: int, direction: str) -> Json:
    any_of = {"sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*"}
    properties = {"priority": priority, "direction": direction, "access": "Deny", "protocol": "*", **any_of}
    return {"name": name, "properties": {**properties, "destinationPortRange": "*"}}


def _broken(sim: Simulator) -> None:
    """All at once that keeps a prepared subnet from working and that a command repairs."""
    rules = [_rule("no-entry", 200, "Inbound"), {**_rule("no-pods", 200, "Outbound")}]
    rules[1]["properties"]["destinationAddressPrefix"] = "10.244.0.0/16"
    sim.put(FOREIGN_GROUP, {"location": "westeurope", "properties": {"securityRules": rules}})
    inside = {"addressPrefix": "10.244.3.0/24", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.1.9.9"}
    put_table(sim, TABLE, {"name": "inside-the-pods", "properties": inside})
    delegation = {"name": "web", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}
    group, table = {"id": FOREIGN_GROUP}, {"id": TABLE}
    put_network(sim, routeTable=table, networkSecurityGroup=group, delegations=[delegation])
    ingress = f"{GROUP}/providers/Microsoft.Network/applicationGateways/ingress/gatewayIPConfigurations/main"
    gateway = {"addressPrefix": "10.1.8.0/24", "applicationGatewayIPConfigurations": [{"id": ingress}]}
    sim.put(GATEWAY, {"properties": gateway})
    put_identity(sim)
    for scope, level in ((TABLE, "ReadOnly"), (GROUP, "CanNotDelete")):
        sim.put(f"{scope}/providers/Microsoft.Authorization/locks/keep", {"properties": {"level": level}})


def _bare(sim: Simulator) -> None:
    put_network(sim)
    put_identity(sim)


def _without_identity(sim: Simulator) -> None:
    put_network(sim, routeTable={"id": put_table(sim)})


def _failed_network(sim: Simulator) -> None:
    put_ready(sim)
    body = sim.get(NETWORK) or {}
    body["properties"]["provisioningState"] = "Failed"
    sim.put(NETWORK, body)


def _with_kubelet(sim: Simulator) -> None:
    put_ready(sim)
    put_identity(sim, identity=KUBELET)


def _running(sim: Simulator) -> None:
    put_ready(sim)
    put_cluster(sim)


def _stripped(sim: Simulator) -> None:
    _running(sim)
    sim.put(SUBNET, {"properties": {"addressPrefix": "10.1.0.0/24"}})


def _misled(sim: Simulator) -> None:
    """A node's route leads elsewhere, and the node is not new."""
    _running(sim)
    (route, *_) = (sim.get(TABLE) or {})["properties"]["routes"]
    properties = {**route["properties"], "nextHopIpAddress": "10.1.0.99"}
    sim.put(f"{TABLE}/routes/{route['name']}", {"properties": properties})
    sim.advance(3600)


def _more_subnets(sim: Simulator) -> None:
    _running(sim)
    sim.put(MORE, {"properties": {"addressPrefix": "10.1.4.0/24"}})
    other = put_table(sim, f"{TABLES}/other")
    sim.put(f"{NETWORK}/subnets/third", {"properties": {"addressPrefix": "10.1.5.0/24", "routeTable": {"id": other}}})


def _private(sim: Simulator) -> None:
    """A DNS zone and a subnet for the API server on which the identity has no role."""
    put_ready(sim)
    sim.put(ZONE, {"location": "global"})
    sim.put(API_SERVER, {"properties": {"addressPrefix": "10.1.9.0/28"}})


def _own_dns_servers(sim: Simulator) -> None:
    _bare(sim)
    body = sim.get(NETWORK) or {}
    body["properties"]["dhcpOptions"] = {"dnsServers": ["10.9.0.4"]}
    sim.put(NETWORK, body)


def _denied_pods(sim: Simulator) -> None:
    """A cluster that runs, on a subnet whose security group keeps pods from pods."""
    _running(sim)
    sim.put(
        FOREIGN_GROUP, {"location": "westeurope", "properties": {"securityRules": [_rule("no-entry", 200, "Inbound")]}}
    )
    body = sim.get(SUBNET) or {}
    sim.put(SUBNET, {"properties": {**body["properties"], "networkSecurityGroup": {"id": FOREIGN_GROUP}}})


def _minutes(sim: Simulator) -> None:
    """The route controller looks once a minute or two."""
    sim.advance(600)


VALIDATE: Final = ("validate-subnet", *NAMES)
CREATE: Final = (
    *("create", "-g", "rg", "-n", "aks", "--location", "westeurope", "--no-ssh-key", "--dry-run"),
    *("--vnet-subnet-id", SUBNET, *IDENTITY_WORDS),
)
DESCRIBED: Final = (
    *("--pod-cidr", "10.100.0.0/16", "--service-cidr", "10.200.0.0/16", "--dns-service-ip", "10.200.0.53"),
    *("--network-policy", "calico", "--on-premises-ranges", "172.20.0.0/16", "--ignore", "OVL8"),
)
PRIVATE: Final = (*CREATE, "--enable-private-cluster")
FURTHER: Final = ("validate-subnet", "--cluster-name", CLUSTER, "--vnet-subnet-id")

WORLDS: Final = (
    World(
        name="a prepared subnet that is broken",
        seed=_broken,
        words=(*VALIDATE, *IDENTITY_WORDS, "--internal-load-balancers", "1"),
        codes=("LCK1", "SN2", "RT4", "NSG1", "UN6", "ID2", "ID3", "ID4", "ID5", "ID7"),
    ),
    World(
        name="a bare subnet",
        seed=_bare,
        words=(*VALIDATE, *IDENTITY_WORDS, *DESCRIBED),
        codes=("ID6", "RT1"),
        carried=DESCRIBED,
    ),
    World(
        name="a table and no identity",
        seed=_without_identity,
        words=(*VALIDATE, *DESCRIBED),
        codes=("ID1",),
        then=(*VALIDATE, *DESCRIBED, "--assign-identity", "{identity}"),
        carried=DESCRIBED,
    ),
    World(name="a failed network", seed=_failed_network, words=(*VALIDATE, *IDENTITY_WORDS), codes=("SN5",)),
    World(
        name="a kubelet identity",
        seed=_with_kubelet,
        words=(*CREATE, "--assign-kubelet-identity", KUBELET),
        codes=("ID9",),
        asked_as="Reader",
    ),
    World(
        name="a private cluster",
        seed=_private,
        words=(
            *(*PRIVATE, "--private-dns-zone", ZONE),
            *("--enable-apiserver-vnet-integration", "--apiserver-subnet-id", API_SERVER),
        ),
        codes=("DNS1", "API1"),
    ),
    World(name="DNS servers of one's own", seed=_own_dns_servers, words=PRIVATE, codes=("DNS2",), partly=True),
    World(
        name="a cluster that moves, and whose pods are denied",
        seed=_denied_pods,
        words=("migrate", "-g", "rg", "-n", "aks", "--dry-run"),
        codes=("MG10",),
    ),
    World(name="a stripped subnet", seed=_stripped, words=(*VALIDATE, "--cluster-name", CLUSTER), codes=("RT10",)),
    World(
        name="a route that leads elsewhere",
        seed=_misled,
        words=(*VALIDATE, "--cluster-name", CLUSTER),
        codes=("RT8",),
        settle=_minutes,
    ),
    World(name="a further subnet without table", seed=_more_subnets, words=(*FURTHER, MORE), codes=("RT5",)),
    World(
        name="a further subnet with another table",
        seed=_more_subnets,
        words=(*FURTHER, f"{NETWORK}/subnets/third"),
        codes=("RT2",),
    ),
)


def _findings(done: Completed) -> list[Json]:
    assert done.returncode in (0, 4), done.stderr
    document = json.loads(done.stdout)
    return list(document.get("report", document)["findings"])


def _failed(findings: list[Json]) -> set[tuple[str, str]]:
    return {(each["code"], each["severity"]) for each in findings if each["status"] == "failed"}


def _wrong(findings: list[Json]) -> set[tuple[str, str]]:
    return {each for each in _failed(findings) if each[1] != "info"}


def _printed(findings: list[Json], code: str) -> list[str]:
    own = [each for each in findings if each["code"] == code and each["status"] == "failed"]
    return [line for each in own for line in (*each["commands"], *each["destructiveCommands"])]


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_what_is_printed_repairs(
    az: AzSession, sim: Simulator, from_elsewhere: Callable[[str], Completed], world: World
) -> None:
    world.seed(sim)
    sim.set_caller_roles([(SUBSCRIPTION, world.asked_as)])
    before = _findings(kubenet(az, *world.words))
    sim.set_caller_roles([(SUBSCRIPTION, "Owner")])
    made, carried = "", not world.carried
    for code in world.codes:
        lines = _printed(before, code)
        assert lines, f"{code} printed no command: {[each for each in before if each['code'] == code]}"
        done = from_elsewhere("\n".join(dict.fromkeys(lines)))
        assert done.returncode == 0, f"{lines}\n{done.stderr}"
        made = _identity_of(done.stdout) or made
        if world.carried and '"createCommand"' in done.stdout:
            assert " ".join(world.carried) in json.loads(done.stdout)["createCommand"]
            carried = True
    assert carried
    if world.settle is not None:
        world.settle(sim)
    words = [each.replace("{identity}", made) for each in world.then or world.words]
    after = _findings(kubenet(az, *words))
    left = [each for each in after if each["code"] in world.codes and each["status"] == "failed"]
    assert [each["message"] for each in left if each["commands"] or not world.partly] == []
    assert _wrong(after) - _wrong(before) == set()


def _identity_of(text: str) -> str | None:
    """The id of the identity in what a preparation answered."""
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return str(answer["identity"]["id"]) if isinstance(answer, dict) and "createCommand" in answer else None


def _roomy(sim: Simulator) -> None:
    """10.1.0.0/16 with a /24 for nodes, other kubenet clusters, one on Azure's default pod range, and subnets that
    nodes cannot be in."""
    put_ready(sim)
    table = put_table(sim, f"{TABLES}/theirs")
    for number, name in enumerate(("shared", "sharing")):
        properties = {"addressPrefix": f"10.1.{number + 4}.0/24", "routeTable": {"id": table}}
        sim.put(f"{NETWORK}/subnets/{name}", {"properties": properties})
    put_cluster(sim, f"{CLUSTER}-shared", f"{NETWORK}/subnets/shared", pod_cidr="10.99.0.0/16")
    links = [{"name": "sql", "properties": {"linkedResourceType": "Microsoft.Sql/servers"}}]
    sim.put(
        f"{NETWORK}/subnets/linked", {"properties": {"addressPrefix": "10.1.8.0/24", "serviceAssociationLinks": links}}
    )
    sim.put(f"{NETWORK}/subnets/GatewaySubnet", {"properties": {"addressPrefix": "10.1.9.0/24"}})
    sim.put(f"{NETWORK}/subnets/tiny", {"properties": {"addressPrefix": "10.1.7.0/29"}})
    sim.put(f"{NETWORK}/subnets/theirs", {"properties": {"addressPrefix": "10.1.6.0/24"}})
    put_cluster(sim, f"{CLUSTER}-other", f"{NETWORK}/subnets/theirs")


LIVE: Final = ("plan", "--vnet-id", NETWORK)
OFFLINE: Final = ("plan", "--vnet-address-prefixes", "10.1.0.0/16")


def _validate(subnet: str) -> tuple[str, ...]:
    return ("validate-subnet", "-g", "rg", "--vnet-name", "vnet", "--subnet-name", subnet)


PLANS: Final = (
    ("IP1", (*OFFLINE, "--subnet-prefix", "10.1.0.0/30")),
    ("IP2", _validate("tiny")),
    ("IP6", _validate("theirs")),
    ("IP8", (*LIVE, "--subnet-prefix", "10.1.0.0/25", "--max-count", "5")),
    ("IP9", ("plan", "--vnet-address-prefixes", "10.1.0.0/26", "--node-count", "100")),
    ("IP10", ("plan", "--vnet-address-prefixes", "10.0.0.0/7")),
    ("RES2", ("plan", "--vnet-address-prefixes", "224.0.0.0/16")),
    ("SN3", _validate("theirs")),
    ("SN4", _validate("linked")),
    ("SN10", _validate("GatewaySubnet")),
    ("RT3", _validate("sharing")),
    ("OVL1", (*VALIDATE, "--pod-cidr", "10.1.128.0/17")),
    ("OVL2", (*VALIDATE, "--service-cidr", "10.1.0.0/22")),
    ("OVL3", (*VALIDATE, "--service-cidr", "10.1.64.0/22")),
    ("OVL4", (*OFFLINE, "--pod-cidr", "10.9.0.0/16", "--service-cidr", "10.9.0.0/20")),
    ("OVL5", (*OFFLINE, "--peered-prefixes", "10.0.0.0/16", "--service-cidr", "10.0.0.0/20")),
    ("OVL6", (*OFFLINE, "--on-premises-ranges", "172.16.0.0/12", "--pod-cidr", "172.20.0.0/16")),
    ("OVL7", VALIDATE),
    ("POD1", (*VALIDATE, "--pod-cidr", "10.200.0.0/24", "--node-count", "20")),
    ("SVC1", (*OFFLINE, "--service-cidr", "10.16.0.0/12")),
    ("SVC3", (*OFFLINE, "--dns-service-ip", "10.200.0.10")),
    ("RES1", (*OFFLINE, "--pod-cidr", "172.31.0.0/16")),
    ("RES3", (*VALIDATE, "--pod-cidr", "20.0.0.0/16")),
)
"""What asks for a cluster that a plan has to be found for; IP9 for one that its network has no room for."""

IN_ANOTHER_SUBNET: Final = ("IP2", "IP6", "SN3", "SN4", "SN10", "RT3")
"""Those that the subnet of the plan repairs, once it is made."""


@pytest.mark.parametrize(("code", "words"), PLANS, ids=[code for code, _ in PLANS])
def test_the_plan_that_is_printed_solves_it(
    az: AzSession, sim: Simulator, from_elsewhere: Callable[[str], Completed], code: str, words: tuple[str, ...]
) -> None:
    _roomy(sim)
    before = _findings(kubenet(az, *words))
    lines = _printed(before, code)
    assert lines, f"{code} printed no command: {[each for each in before if each['code'] == code]}"
    done = from_elsewhere(lines[0])
    after = _findings(done)
    assert code not in {each for each, _ in _failed(after)}
    assert _wrong(after) - _wrong(before) == set()
    plan = json.loads(done.stdout)
    if code in IN_ANOTHER_SUBNET:
        make = from_elsewhere(plan["nextCommands"][0])
        assert make.returncode == 0, make.stderr
        made = _failed(_findings(kubenet(az, *_validate(plan["subnets"][0]["name"]))))
        assert {each for each, severity in made if severity == "error" or each == code} == set()
    elif words[0] == "validate-subnet":
        ranges = {"--pod-cidr": plan["pods"]["podCidr"], "--service-cidr": plan["services"]["serviceCidr"]}
        again = [each for pair in ranges.items() for each in pair]
        assert code not in {each for each, _ in _failed(_findings(kubenet(az, *words, *again)))}


ELSEWHERE: Final = {"ID12": "test_create_system_assigned.py, which runs what a creation prints"}


def test_every_rule_prints_what_a_test_runs_or_says_why_none_can_help() -> None:
    run = {code for world in WORLDS for code in world.codes} | {code for code, _ in PLANS} | set(ELSEWHERE)
    without = {rule.code for rule in all_rules() if rule.no_command}
    assert run.isdisjoint(without)
    assert run | without == {rule.code for rule in all_rules()}
    assert all(re.fullmatch(r"[A-Z].{15,}\.", rule.no_command) for rule in all_rules() if rule.no_command)
