"""Clusters that run: checked while in order and broken, judged for their move, and proved after it."""

from __future__ import annotations

from typing import Any

from tests.simulator import Simulator
from tests.world import cluster_body

from .network import CLUSTERS, NetworkScenarioTest
from .preparers import ResourceGroupPreparer
from .stage import Json

CHECK = "aks kubenet check --resource-group {rg} --name {cluster}"
MIGRATE = "aks kubenet migrate --resource-group {rg} --name {cluster}"


def failed(report: Json) -> set[str]:
    """The codes of the errors that failed."""
    findings: list[Any] = report["findings"]
    return {each["code"] for each in findings if (each["status"], each["severity"]) == ("failed", "error")}


class RunningScenarios(NetworkScenarioTest):
    @ResourceGroupPreparer()
    def test_check_cluster(self) -> None:
        self.put_everything()
        self.put_cluster("aks")
        with self.no_writes():
            report = self.cmd(CHECK).json
        self.assertEqual((report["verdict"], failed(report)), ("healthy", set()))
        self.assertEqual([each["state"] for each in report["routing"]["nodes"]], ["ok", "ok"])
        self.assertEqual(report["routing"]["routeTableId"].lower(), self.kwargs["table"].lower())

    @ResourceGroupPreparer()
    def test_check_broken_cluster(self) -> None:
        self.put_everything()
        self.put_cluster("aks")
        self.simulate(self._strip)
        with self.no_writes():
            report = self.cmd(CHECK, exit_code=4).json
        self.assertEqual((report["verdict"], failed(report)), ("broken", {"RT10"}))
        (attach,) = next(each["commands"] for each in report["findings"] if each["code"] == "RT10")
        self.assertTrue(attach.startswith("az network vnet subnet update "))

    def _strip(self, azure: Simulator) -> None:
        record = next(each for each in azure.records() if each.id.lower() == self.kwargs["subnet"].lower())
        record.properties.pop("routeTable")

    @ResourceGroupPreparer()
    def test_check_missing_cluster(self) -> None:
        self.put_network()
        missing = self.cmd(CHECK, exit_code=3)
        self.assertIn("'aks' was not found", missing.stderr)

    @ResourceGroupPreparer()
    def test_migrate_dry_run(self) -> None:
        self.put_everything()
        self.put_cluster("aks")
        with self.no_writes():
            plan = self.cmd(f"{MIGRATE} --dry-run --iac terraform").json
            proof = self.cmd(f"{MIGRATE} --verify", exit_code=4).json
        self.assertEqual((plan["verdict"], failed(plan)), ("ready", set()))
        self.assertEqual([each["number"] for each in plan["steps"]], [1, 2, 3, 4, 5, 6, 7])
        self.assertEqual((proof["verdict"], failed(proof)), ("notVerified", {"MG29"}))

    @ResourceGroupPreparer()
    def test_migrate_verify(self) -> None:
        self.put_everything()
        body = cluster_body(
            subnet=self.kwargs["subnet"],
            identity=self.kwargs["identity"],
            profile={"networkPlugin": "azure", "networkPluginMode": "overlay", "podCidr": "10.244.0.0/16"},
        )
        self.simulate(lambda azure: azure.put(self.resource_id(CLUSTERS, "aks"), body))
        with self.no_writes():
            proof = self.cmd(f"{MIGRATE} --verify").json
        self.assertEqual((proof["verdict"], failed(proof)), ("migrated", set()))
