"""Network resources: what is refused, and that both ends of a reference agree."""

from __future__ import annotations

import pytest

from tests.simulator import Simulator

from .builders import make_network
from .client import Client


def test_a_subnet_put_replaces_the_whole_subnet(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client, table="rt")
    kept = client.put(subnet, {"properties": {"addressPrefix": "10.1.0.0/24", "unheardOf": {"a": 1}}}).body
    assert "routeTable" not in kept["properties"]
    assert kept["properties"]["unheardOf"] == {"a": 1}
    assert "subnets" not in client.get(f"{client.network}/routeTables/rt").body["properties"]


@pytest.mark.parametrize(
    ("prefix", "code", "message"),
    [
        (
            "10.1.4.0/24--no-wait",
            "InvalidAddressPrefixFormat",
            "Address prefix 10.1.4.0/24--no-wait of resource {id} is not formatted correctly. It should follow CIDR "
            "notation, for example 10.0.0.0/24.",
        ),
        (
            "10.1.4.9/24",
            "InvalidCIDRNotation",
            "The address prefix 10.1.4.9/24 in resource {id} has an invalid CIDR notation. For the given prefix "
            "length, the address prefix should be 10.1.4.0/24.",
        ),
        ("10.1.0.128/25", "NetcfgInvalidSubnet", "Subnet 'two' is not valid in virtual network 'vnet'."),
        ("10.2.0.0/24", "NetcfgInvalidSubnet", "Subnet 'two' is not valid in virtual network 'vnet'."),
        ("10.1.4.0/30", "NetcfgInvalidSubnet", "Subnet 'two' is not valid in virtual network 'vnet'."),
    ],
)
def test_subnet_prefixes_are_checked(sim: Simulator, client: Client, prefix: str, code: str, message: str) -> None:
    make_network(sim, client)
    path = f"{client.network}/virtualNetworks/vnet/subnets/two"
    answer = client.put(path, {"properties": {"addressPrefix": prefix}})
    assert (answer.status, answer.code, answer.message) == (400, code, message.format(id=path))
    assert client.get(path).status == 404


def test_a_refused_virtual_network_leaves_everything_as_it_was(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    path = f"{client.network}/virtualNetworks/vnet"
    before = client.get(path).body
    body = {
        "location": "westeurope",
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
            "subnets": [{"name": "bad", "properties": {"addressPrefix": "192.168.0.0/24"}}],
        },
    }
    assert client.put(path, body).code == "NetcfgInvalidSubnet"
    assert client.get(path).body == before


def test_associations_must_exist_and_be_near(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    sim.put(f"{client.network}/routeTables/far", {"location": "eastus"})
    for name in ("missing", "far"):
        table = f"{client.network}/routeTables/{name}"
        answer = client.put(subnet, {"properties": {"addressPrefix": "10.1.0.0/24", "routeTable": {"id": table}}})
        assert answer.code == "InvalidResourceReference"
        assert answer.message.startswith(f"Resource {table} referenced by resource {subnet} was not found.")


def test_what_is_in_use_stays(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client, table="rt")
    group = f"{client.network}/networkSecurityGroups/nsg"
    interface = f"{client.network}/networkInterfaces/nic"
    sim.put(group, {})
    body = sim.get(subnet) or {}
    body["properties"]["networkSecurityGroup"] = {"id": group}
    assert client.put(subnet, body).status == 200
    configuration = {"name": "ipconfig1", "properties": {"subnet": {"id": subnet}}}
    nic = client.put(interface, {"location": "westeurope", "properties": {"ipConfigurations": [configuration]}})
    assert nic.body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] == "10.1.0.4"
    used = f"{interface}/ipConfigurations/ipconfig1"
    assert client.get(subnet).body["properties"]["ipConfigurations"] == [{"id": used}]
    message = (
        f"Subnet nodes is in use by {used} and cannot be deleted. In order to delete the subnet, delete all the "
        "resources within the subnet. See aka.ms/deletesubnet."
    )
    for path in (subnet, f"{client.network}/virtualNetworks/vnet"):
        answer = client.delete(path)
        assert (answer.code, answer.message) == ("InUseSubnetCannotBeDeleted", message)
    assert client.delete(f"{client.network}/routeTables/rt").code == "InUseRouteTableCannotBeDeleted"
    assert client.delete(group).message == (
        f"Network security group {group} cannot be deleted because it is in use by the following resources: {subnet}. "
        "In order to delete the Network security group, remove the association with the resource(s). To learn how to "
        "do this, see aka.ms/deletensg."
    )
    space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": []}
    without = client.put(f"{client.network}/virtualNetworks/vnet", {"location": "westeurope", "properties": space})
    assert without.code == "InUseSubnetCannotBeDeleted"


def test_routes_conflict_on_equal_prefixes(sim: Simulator, client: Client) -> None:
    sim.put(f"{client.network}/routeTables/rt", {})
    route = {
        "properties": {"addressPrefix": "10.9.0.0/24", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "1.2.3.4"}
    }
    assert client.put(f"{client.network}/routeTables/rt/routes/one", route).status == 201
    answer = client.put(f"{client.network}/routeTables/rt/routes/two", route)
    assert (answer.code, answer.message) == (
        "RouteConflict",
        "Route: two conflicts with Route: one. Routes cannot have the same AddressPrefix.",
    )


def test_peerings_connect_when_both_sides_are_there(sim: Simulator, client: Client) -> None:
    networks = [f"{client.network}/virtualNetworks/{name}" for name in ("one", "two")]
    for number, path in enumerate(networks):
        space = {"addressSpace": {"addressPrefixes": [f"10.{number}.0.0/16"]}}
        sim.put(path, {"properties": space})
    peerings = [f"{path}/virtualNetworkPeerings/peer" for path in networks]
    states = []
    for path, remote in zip(peerings, reversed(networks), strict=True):
        client.put(path, {"properties": {"remoteVirtualNetwork": {"id": remote}}})
        states.append(client.get(path).body["properties"]["peeringState"])
    assert states == ["Initiated", "Connected"]
    assert client.get(peerings[0]).body["properties"]["remoteAddressSpace"] == {"addressPrefixes": ["10.1.0.0/16"]}


def test_usages_count_addresses(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    sim.put(subnet, {"properties": {"addressPrefix": "10.1.0.0/24", "ipConfigurations": [{"id": "/x/y"}]}})
    usage = client.get(f"{client.network}/virtualNetworks/vnet/usages").body["value"]
    assert [(entry["id"], entry["currentValue"], entry["limit"]) for entry in usage] == [(subnet, 1.0, 251.0)]


def test_lists_come_in_pages(sim: Simulator, client: Client) -> None:
    for number in range(5):
        sim.put(f"{client.network}/routeTables/rt{number}", {})
    sim.settings.page_size = 2
    path: str | None = f"{client.network}/routeTables"
    names: list[list[str]] = []
    while path:
        page = client.get(path).body
        names.append([entry["name"] for entry in page["value"]])
        path = page.get("nextLink", "").removeprefix(sim.url)
    assert names == [["rt0", "rt1"], ["rt2", "rt3"], ["rt4"]]


def test_locations(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    path = f"{client.network}/routeTables/rt"
    assert client.put(path, {}).message == "The location property is required for this definition."
    assert client.put(path, {"location": "unitedstates"}).code == "LocationNotAvailableForResourceType"
    assert client.put(path, {"location": "West US 2"}).body["location"] == "westus2"
    assert client.put(path, {"location": "eastus"}).code == "InvalidResourceLocation"
    assert client.put(client.group, {"location": "eastus"}).code == "InvalidResourceGroupLocation"


def test_security_groups_have_six_default_rules(sim: Simulator, client: Client) -> None:
    path = f"{client.network}/networkSecurityGroups/nsg"
    properties = sim.put(path, {})["properties"]
    assert [rule["properties"]["priority"] for rule in properties["defaultSecurityRules"]] == [
        65000,
        65001,
        65500,
        65000,
        65001,
        65500,
    ]
    rule = {"properties": {"priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "*"}}
    assert client.put(f"{path}/securityRules/one", rule).status == 201
    assert client.put(f"{path}/securityRules/two", rule).code == "SecurityRuleConflict"


def test_deleting_a_group_takes_all_along(sim: Simulator, client: Client) -> None:
    make_network(sim, client, table="rt")
    answer = client.delete(client.group)
    assert answer.status == 202
    assert client.get(answer.headers["location"].removeprefix(sim.url)).status == 200
    assert client.send("HEAD", client.group).status == 404
    assert sim.records(client.group) == []


def test_unknown_types_and_providers(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    assert client.get(f"{client.network}/flyingCarpets/one").code == "InvalidResourceType"
    assert client.get(f"{client.group}/providers/Microsoft.Magic/wands/one").code == "NoRegisteredProviderFound"
    assert client.put(f"{client.network}/virtualNetworks/no/subnets/s", {}).code == "ParentResourceNotFound"
    assert client.send("PUT", f"{client.network}/virtualNetworks").status == 405


def test_generic_list_and_provider(sim: Simulator, client: Client) -> None:
    make_network(sim, client, table="rt")
    listed = client.get(f"{client.subscription}/resources").body["value"]
    assert [entry["type"] for entry in listed] == ["Microsoft.Network/routeTables", "Microsoft.Network/virtualNetworks"]
    provider = client.get(f"{client.subscription}/providers/Microsoft.ContainerService").body
    assert provider["registrationState"] == "Registered"
    assert "westeurope" in provider["resourceTypes"][0]["locations"]


def test_a_put_that_changes_nothing_has_succeeded_at_once(sim: Simulator, client: Client) -> None:
    make_network(sim, client, table="rt")
    sim.settings.operation_polls = 5
    table = f"{client.network}/routeTables/rt"
    tagged = client.put(table, {"location": "westeurope", "tags": {"a": "b"}})
    assert tagged.body["properties"]["provisioningState"] == "Succeeded"
    sim.settings.refuse_concurrent_writes = False
    changed = client.put(table, {"location": "westeurope", "properties": {"disableBgpRoutePropagation": True}})
    assert changed.body["properties"]["provisioningState"] == "Updating"


def test_a_network_keeps_the_peerings_that_it_leaves_out(sim: Simulator, client: Client) -> None:
    make_network(sim, client)
    remote = f"{client.network}/virtualNetworks/remote"
    sim.put(remote, {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}})
    path = f"{client.network}/virtualNetworks/vnet"
    client.put(f"{path}/virtualNetworkPeerings/peer", {"properties": {"remoteVirtualNetwork": {"id": remote}}})
    space = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}
    client.put(path, {"location": "westeurope", "properties": space})
    assert [peer["name"] for peer in client.get(path).body["properties"]["virtualNetworkPeerings"]] == ["peer"]
    client.put(path, {"location": "westeurope", "properties": {**space, "virtualNetworkPeerings": []}})
    assert client.get(path).body["properties"]["virtualNetworkPeerings"] == []


def test_delegations_and_service_endpoints_carry_what_the_service_adds(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client)
    delegation = {"name": "mine", "properties": {"serviceName": "Microsoft.DBforMySQL/serversv2"}}
    properties = {
        "addressPrefix": "10.1.0.0/24",
        "delegations": [delegation],
        "serviceEndpoints": [{"service": "Microsoft.Storage"}, {"service": "Microsoft.KeyVault"}],
    }
    client.put(subnet, {"properties": properties})
    shown = client.get(subnet).body
    assert shown["properties"]["delegations"] == [
        {
            "name": "mine",
            "id": f"{subnet}/delegations/mine",
            "etag": shown["etag"],
            "properties": {
                "provisioningState": "Succeeded",
                "serviceName": "Microsoft.DBforMySQL/serversv2",
                "actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
            },
            "type": "Microsoft.Network/virtualNetworks/subnets/delegations",
        }
    ]
    assert shown["properties"]["serviceEndpoints"] == [
        {"provisioningState": "Succeeded", "locations": ["westeurope"], "service": "Microsoft.Storage"},
        {"provisioningState": "Succeeded", "locations": ["*"], "service": "Microsoft.KeyVault"},
    ]
    # Sent back as it was read it changes nothing.
    assert client.put(subnet, shown).body["properties"]["provisioningState"] == "Succeeded"


def test_a_delete_below_what_is_not_there(sim: Simulator, client: Client) -> None:
    path = f"{client.network}/routeTables/rt/routes/one"
    assert client.delete(path).code == "ResourceGroupNotFound"
    sim.put(client.group, {})
    missing_parent = client.delete(path)
    assert (missing_parent.status, missing_parent.code) == (404, "ResourceNotFound")
    sim.put(f"{client.network}/routeTables/rt", {})
    assert client.delete(path).status == 204


def test_chinese_and_the_newest_regions_are_known(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    for region in ("chinanorth3", "chinaeast2", "newzealandnorth", "eastus2euap"):
        assert client.put(f"{client.network}/routeTables/{region}", {"location": region}).status == 201
