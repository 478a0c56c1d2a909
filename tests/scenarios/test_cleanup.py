"""Taking away what `prepare` made, and nothing else."""

from __future__ import annotations

from .network import NetworkScenarioTest
from .preparers import ResourceGroupPreparer
from .test_prepare import PREPARE, actions

CLEANUP = "aks kubenet cleanup -g {rg} -n {cluster} --yes"


class CleanupScenarios(NetworkScenarioTest):
    @ResourceGroupPreparer()
    def test_cleanup(self) -> None:
        self.put_network()
        made = self.cmd(PREPARE).json
        removed = self.cmd(CLEANUP).json
        self.assertEqual(actions(removed) - {"update"}, {"delete"})
        gone = {change["resourceId"].lower() for change in removed["changes"]}
        for name in ("identity", "routeTable"):
            self.assertIn(made[name]["id"].lower(), gone)
        with self.no_writes():
            again = self.cmd(CLEANUP).json
        self.assertLessEqual(actions(again), {"none"})

    @ResourceGroupPreparer()
    def test_cleanup_keeps_what_was_given(self) -> None:
        self.put_network()
        self.put_route_table()
        self.put_identity()
        self.cmd(f"{PREPARE} --identity identity --route-table {{table}}")
        removed = self.cmd(CLEANUP).json
        deleted = {change["resourceType"].lower() for change in removed["changes"] if change["action"] == "delete"}
        self.assertEqual(deleted, {"microsoft.authorization/roleassignments"})
