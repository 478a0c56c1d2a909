"""Creating: after what `prepare` made, while roles are still under way, and what is refused."""

from __future__ import annotations

from .network import CLUSTERS, NetworkScenarioTest
from .preparers import ResourceGroupPreparer
from .test_validate import codes

PREPARE = "aks kubenet prepare -g {rg} -n {cluster} --vnet-subnet-id {subnet} --identity {identity} --yes"
CREATE = (
    "aks kubenet create -g {rg} -n {cluster} --location westeurope --vnet-subnet-id {subnet} "
    "--assign-identity {identity} --node-count 2 --dns-name-prefix aks --yes"
)


class CreateScenarios(NetworkScenarioTest):
    @ResourceGroupPreparer()
    def test_create_with_retries(self) -> None:
        self.needs_same_azure_cli()
        self.put_network()
        self.put_identity()
        if self.simulator is not None:  # live it is Azure that decides
            self.simulator.settings.role_propagation_refusals = 2
        self.cmd(PREPARE)
        created = self.cmd(f"{CREATE} --generate-ssh-keys").json
        self.assertEqual(created["provisioningState"], "Succeeded")
        self.assertEqual(created["networkProfile"]["networkPlugin"], "kubenet")
        self.assertEqual(created["agentPoolProfiles"][0]["vnetSubnetId"].lower(), self.kwargs["subnet"].lower())
        if self.simulator is not None:
            refused = [each.code for each in self.simulator.sent("PUT", "/managedClusters/aks$") if each.code]
            self.assertEqual(refused, ["CustomRouteTableMissingPermission"] * 2)

    @ResourceGroupPreparer()
    def test_create_refused(self) -> None:
        self.put_network(routeTable=self.put_route_table())
        self.put_identity()
        with self.no_writes():
            report = self.cmd(f"{CREATE} --no-ssh-key", exit_code=4).json
        self.assertEqual(report["verdict"], "notReady")
        self.assertLessEqual({"ID2", "ID3"}, codes(report))

    @ResourceGroupPreparer()
    def test_create_second_cluster_on_subnet(self) -> None:
        self.put_everything()
        self.put_cluster("first")
        with self.no_writes():
            report = self.cmd(f"{CREATE} --no-ssh-key", exit_code=4).json
        self.assertIn("SN3", codes(report))

    @ResourceGroupPreparer()
    def test_create_failed_operation(self) -> None:
        self.needs_same_azure_cli()
        self.put_everything()
        self.simulate(
            lambda azure: azure.fail_operation(f"{CLUSTERS}/aks$", "SubnetIsFull", "Subnet nodes has no address left.")
        )
        failed = self.cmd(f"{CREATE} --no-ssh-key", exit_code=1)
        self.assertIn("Subnet nodes has no address left.", failed.stderr)
        self.assertNotIn("Traceback", failed.stderr)
