"""`python -m tests.benchmarks.one_report FILE`: prints the seconds that the page of a check adds.

A process of its own, as what the page imports beyond the command's own is most of it. Writes the file.
"""

from __future__ import annotations

import sys
import time

import azext_kubenet.custom
from azext_kubenet.core.azure.networks import Subnet
from azext_kubenet.core.azure.snapshot import Snapshot
from azext_kubenet.core.clusters.request import ClusterRequest
from azext_kubenet.core.rules.checked import check_cluster
from azext_kubenet.render.check import render_check
from tests.test_core.make import TODAY, make_agent_pool, make_running_cluster, make_virtual_network


def main(path: str) -> float:
    running = make_running_cluster(make_agent_pool(count=100), make_agent_pool("work", 100))
    subnet = next(each for each in running.subnets if isinstance(each, Subnet))
    snapshot = Snapshot(running_cluster=running, subnet=subnet, virtual_network=make_virtual_network(subnet))
    wanted = ClusterRequest(node_pools=(), cluster_id=running.cluster.id)
    checked = check_cluster(running, snapshot, wanted, today=TODAY)
    result = render_check(checked)
    assert azext_kubenet.custom, "what every command has loaded is no part of it"
    begin = time.perf_counter()
    from azext_kubenet.render.page.document import write_page  # noqa: PLC0415 - loading is what is timed
    from azext_kubenet.render.page.pages import check_page  # noqa: PLC0415 - as above
    from azext_kubenet.report_file import report_file  # noqa: PLC0415 - as above

    page_file = report_file(path, "check", overwrite=True)
    assert page_file is not None
    page_file.write(write_page(check_page(checked, snapshot, result, mark="check")))
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(main(sys.argv[1]))
