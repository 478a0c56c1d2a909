"""`az aks kubenet plan`, apart from the other commands: offline it loads nothing that it does not need. Network IO.

What is imported here is most of what the command costs, so what only a live network or a page needs is imported there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arguments.cluster import takes
from .arguments.plan import PlanArguments, in_network, parse_plan
from .arguments.values import UsageError, parse_name_or_id
from .core.azure.resource_types import VIRTUAL_NETWORK_TYPE
from .core.plan.plan import plan_addresses, planned_snapshot
from .core.rules import plan_rules
from .core.rules.evaluation import evaluate
from .core.rules.rule import Stage
from .judging import exit_with_findings, today
from .render.plan import render_plan

if TYPE_CHECKING:
    from azure.cli.core.commands import AzCliCommand

    from .core.azure.networks import VirtualNetwork


@takes(PlanArguments)
def kubenet_plan(
    cmd: AzCliCommand,
    vnet_id: str | None = None,
    resource_group_name: str | None = None,
    vnet_name: str | None = None,
    report_path: str | None = None,
    overwrite: bool = False,
    **given: Any,
) -> dict[str, Any]:
    """Size the subnet and choose addresses; offline, unless a virtual network is named to be read."""
    arguments = PlanArguments(**given)
    request = parse_plan(arguments)
    subject = vnet_id or vnet_name or " ".join(map(str, request.address_prefixes))
    page_file = None
    if report_path is not None or overwrite:
        from .report_file import report_file

        page_file = report_file(report_path, f"plan {subject}".rstrip(), overwrite=overwrite)
    network = _live_network(cmd, vnet_id, resource_group_name, vnet_name)
    plan = plan_addresses(in_network(request, network))
    report = evaluate(
        plan_rules(),
        cluster=plan.cluster,
        snapshot=planned_snapshot(plan),
        today=today(),
        stage=Stage.PLAN,
        ignore=plan.cluster.ignored,
    )
    result = render_plan(plan, report)
    if page_file is not None:
        from .render.page.document import write_page
        from .render.page.plan import plan_page

        page_file.write(write_page(plan_page(plan, report, result, mark=page_file.mark)))
    exit_with_findings(cmd, report)
    return result


def _live_network(
    cmd: AzCliCommand, vnet_id: str | None, group: str | None, vnet_name: str | None
) -> VirtualNetwork | None:
    """The virtual network that was named, read from Azure; None where none was."""
    if vnet_id is None and vnet_name is None:
        return None
    if vnet_id is not None and vnet_name is not None:
        raise UsageError("--vnet-id already names the network.", "Give --vnet-id or --vnet-name.")
    from .arm.parse.networks import parse_virtual_network
    from .session import sign_in

    session = sign_in(cmd)
    network_id = parse_name_or_id(
        vnet_id or str(vnet_name),
        "--vnet-id" if vnet_id else "--vnet-name",
        VIRTUAL_NETWORK_TYPE,
        subscription=session.subscription,
        group=group,
    )
    session.reporter.say("Reading the virtual network")
    try:
        return parse_virtual_network(session.client.get(str(network_id)))
    finally:
        session.reporter.done()
