"""Auditing a subscription: through Resource Graph, and list by list where that is refused."""

from __future__ import annotations

from .network import NetworkScenarioTest
from .preparers import ResourceGroupPreparer
from .stage import Json

AUDIT = "aks kubenet audit --subscriptions {subscription}"


class AuditScenarios(NetworkScenarioTest):
    def check_row(self, answer: Json) -> None:
        """The one cluster, which has its own network and can move."""
        (row,) = answer["clusters"]
        self.assertEqual((row["name"], row["resourceGroup"]), ("first", self.kwargs["rg"]))
        self.assertEqual((row["ownNetwork"], row["effort"], row["identityType"]), (True, "ready", "UserAssigned"))
        self.assertTrue(row["command"].startswith("az aks kubenet migrate --subscription "))
        self.assertEqual(answer["coverage"]["subscriptionsRead"], 1)
        self.assertTrue(answer["coverage"]["complete"])

    @ResourceGroupPreparer()
    def test_audit_subscription(self) -> None:
        self.put_everything()
        self.put_cluster("first")
        with self.no_writes():
            self.check_row(self.cmd(AUDIT).json)
            gated = self.cmd(f"{AUDIT} --require-none", exit_code=4)
        self.assertIn("RET2", gated.stderr)

    @ResourceGroupPreparer()
    def test_audit_without_resource_graph(self) -> None:
        self.put_everything()
        self.put_cluster("first")
        self.simulate(lambda azure: setattr(azure.settings, "refuse_resource_graph", True))
        with self.no_writes():
            self.check_row(self.cmd(AUDIT).json)
