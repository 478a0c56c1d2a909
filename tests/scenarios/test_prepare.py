"""Preparing: twice, with what is given, on a subnet in use, and when Azure gives up halfway."""

from __future__ import annotations

from .network import IDENTITIES, NetworkScenarioTest
from .preparers import ResourceGroupPreparer
from .stage import Json

PREPARE = "aks kubenet prepare -g {rg} -n {cluster} --vnet-subnet-id {subnet} --yes"
VALIDATE = "aks kubenet validate-subnet --vnet-subnet-id {subnet} --assign-identity {identity}"


def actions(prepared: Json) -> set[str]:
    return {change["action"] for change in prepared["changes"]}


class PrepareScenarios(NetworkScenarioTest):
    def use_group(self, name: str) -> None:
        super().use_group(name)
        self.kwargs["made"] = self.resource_id(IDENTITIES, "aks-identity")

    @ResourceGroupPreparer()
    def test_prepare_twice(self) -> None:
        self.put_network(serviceEndpoints=[{"service": "Microsoft.Storage", "locations": ["westeurope"]}])
        first = self.cmd(PREPARE).json
        self.assertIn("create", actions(first))
        with self.no_writes():
            second = self.cmd(PREPARE).json
        self.assertEqual(actions(second), {"none"})
        for same in ("identity", "routeTable", "subnet", "createCommand"):
            self.assertEqual(second[same], first[same])
        report = self.cmd(VALIDATE.replace("{identity}", "{made}")).json
        self.assertNotEqual(report["verdict"], "notReady")

    @ResourceGroupPreparer()
    def test_prepare_dry_run(self) -> None:
        self.put_network()
        with self.no_writes():
            planned = self.cmd(f"{PREPARE} --dry-run").json
        self.assertIn("create", actions(planned))
        self.assertIsNone(planned["identity"]["principalId"])

    @ResourceGroupPreparer()
    def test_prepare_with_given(self) -> None:
        self.put_network()
        self.put_route_table()
        self.put_identity()
        prepared = self.cmd(
            f"{PREPARE} --identity identity --route-table {{table}} --default-route-next-hop 10.1.9.4"
        ).json
        self.assertEqual(prepared["identity"]["id"].lower(), self.kwargs["identity"].lower())
        self.assertEqual(prepared["routeTable"]["id"].lower(), self.kwargs["table"].lower())
        self.assertEqual(prepared["subnet"]["routeTableId"].lower(), self.kwargs["table"].lower())
        made = {change["resourceType"].lower() for change in prepared["changes"] if change["action"] == "create"}
        self.assertNotIn("microsoft.network/routetables", made)
        self.assertNotIn("microsoft.managedidentity/userassignedidentities", made)
        scopes = {assignment["scope"].lower() for assignment in prepared["roleAssignments"]}
        self.assertEqual(scopes, {self.kwargs["subnet"].lower(), self.kwargs["table"].lower()})

    @ResourceGroupPreparer()
    def test_prepare_least_privilege(self) -> None:
        self.put_network()
        self.simulate(lambda _: None)  # the custom role stays in a subscription, so never live
        prepared = self.cmd(f"{PREPARE} --role least-privilege").json
        names = {assignment["roleName"] for assignment in prepared["roleAssignments"]}
        self.assertEqual({name.rpartition(" ")[0] for name in names}, {"AKS kubenet cluster network"})
        with self.no_writes():
            self.assertEqual(actions(self.cmd(f"{PREPARE} --role least-privilege").json), {"none"})

    @ResourceGroupPreparer()
    def test_prepare_failed_operation(self) -> None:
        self.put_network()
        self.simulate(
            lambda azure: azure.fail_operation(
                "/subnets/nodes$", "InternalServerError", "The subnet could not be updated."
            )
        )
        failed = self.cmd(PREPARE, exit_code=1)
        self.assertEqual(failed.stdout, "")
        self.assertIn("The subnet could not be updated.", failed.stderr)
        for made in ("aks-identity", "aks-routes"):
            self.assertIn(made, failed.stderr, "the error lists what had been made")
        self.assertNotIn("Traceback", failed.stderr)
        again = self.cmd(PREPARE).json
        self.assertEqual(again["subnet"]["routeTableId"], again["routeTable"]["id"])
        with self.no_writes():
            self.assertEqual(actions(self.cmd(PREPARE).json), {"none"})

    @ResourceGroupPreparer()
    def test_prepare_second_cluster_on_subnet(self) -> None:
        self.put_everything()
        self.put_cluster("first")
        with self.no_writes():
            refused = self.cmd(PREPARE, exit_code=1)
        self.assertIn("first", refused.stderr)

    @ResourceGroupPreparer()
    def test_prepare_without_right_to_assign(self) -> None:
        self.put_network()
        self.simulate(lambda azure: azure.set_caller_roles([(self.group_id, "Contributor")]))
        with self.no_writes():
            refused = self.cmd(PREPARE, exit_code=1)
        self.assertIn("az role assignment create", refused.stderr)
        self.assertIn("az identity create", refused.stderr)
