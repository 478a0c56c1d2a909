"""`make live`: the scenarios and the open questions against Azure itself. IO: Azure, the terminal, one report file."""

from __future__ import annotations

import argparse
import functools
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from azure.cli.core import get_default_cli
from azure.cli.core._profile import Profile

from tests.scenarios.base import RECORDINGS
from tests.simulator import Simulator

from .azure import Site
from .comparison import Row, as_markdown, rows_of, rows_of_recordings
from .experiments import Observation, run_all

ROOT: Final = Path(__file__).resolve().parents[2]
REPORT: Final = ROOT / "live-report.md"
WHAT_IT_DOES: Final = """\
This runs in subscription {subscription}, region {location}, as whoever 'az login' has signed in; that one has to be
allowed to assign roles (Owner, or Contributor and User Access Administrator).

- The scenarios of tests/scenarios that Azure can be asked for, each in a resource group of its own: networks, route
  tables, identities and roles, which cost nothing.
- The open questions of tests/live/experiments.py in one more group: two kubenet clusters of {nodes} and 1 nodes of
  size {size} with a load balancer each, for one to two hours: about 2 US dollars, by the list prices of 2026.

All groups are deleted at the end, also where something fails, or where it is stopped with Ctrl-C. {report} tells what
Azure said where the local Azure of the tests says something else.
"""


def main(words: list[str] | None = None) -> int:
    """0: all was asked, whatever differs; 1: not started, or a scenario failed."""
    given = _arguments(words)
    print(WHAT_IT_DOES.format(**{**vars(given), "report": given.report.name}))
    if not given.yes and input("Continue? (y/N): ").strip().lower() not in ("y", "yes"):
        print("Nothing was made.")
        return 1
    tell = functools.partial(print, flush=True)
    failed, rows = _scenarios(given, tell)
    rows += rows_of(_locally(given.nodes), run_all(_real(given), tell))
    given.report.write_text(_report(given, rows, failed=failed), encoding="utf-8")
    differing = sum(row.differs for row in rows)
    print(f"{len(rows)} rows, {differing} differ: {given.report}")
    return 1 if failed else 0


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make live")
    parser.add_argument("--subscription", required=True)
    parser.add_argument("--location", required=True)
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--size", default="Standard_D2s_v5")
    parser.add_argument("--scenarios", default="", help="Only those whose names hold this; 'none' for none.")
    parser.add_argument("--report", type=Path, default=REPORT)
    parser.add_argument("--yes", action="store_true")
    return parser.parse_args(words)


def _scenarios(given: argparse.Namespace, tell: Callable[[str], None]) -> tuple[bool, list[Row]]:
    """Whether one failed, and what they were answered otherwise than the local Azure answers them."""
    if given.scenarios == "none":
        return False, []
    tell("The scenarios.")
    with TemporaryDirectory(prefix="kubenet-live-") as folder:
        environment = {
            **os.environ,
            "AZURE_TEST_RUN_LIVE": "true",
            "KUBENET_LIVE_SUBSCRIPTION": given.subscription,
            "KUBENET_LIVE_LOCATION": given.location,
            "KUBENET_RECORDINGS": folder,
        }
        chosen = ("-k", f"Scenarios and ({given.scenarios or 'test'})")
        words = (sys.executable, "-m", "pytest", "tests/scenarios", *chosen, "-n", "0", "--no-cov", "-rs")
        done = subprocess.run(words, cwd=ROOT, env=environment, check=False)  # noqa: S603 - this Python, our own tests
        return done.returncode != 0, list(rows_of_recordings(RECORDINGS, Path(folder)))


def _locally(nodes: int) -> list[Observation]:
    """The same questions to the local Azure."""
    with Simulator() as azure:
        site = Site(
            url=azure.url,
            subscription=azure.subscription_id,
            group="kubenet-live",
            location="westeurope",
            token=azure.token,
            verify=str(azure.ca_file),
            nodes=nodes,
            pause=lambda _: None,
        )
        return run_all(site, lambda _: None)


def _real(given: argparse.Namespace) -> Site:
    """Azure as az is signed in to it."""
    cli = get_default_cli()
    profile = Profile(cli_ctx=cli)

    def token() -> str:
        (_, text, _), _, _ = profile.get_raw_token(subscription=given.subscription)
        return str(text)

    url = cli.cloud.endpoints.resource_manager.rstrip("/")
    group = f"kubenet-live-{uuid.uuid4().hex[:8]}"
    verify: bool | str = os.environ.get("REQUESTS_CA_BUNDLE") or True
    return Site(
        url=url,
        subscription=given.subscription,
        group=group,
        location=given.location,
        token=token,
        verify=verify,
        nodes=given.nodes,
        size=given.size,
    )


def _report(given: argparse.Namespace, rows: list[Row], *, failed: bool) -> str:
    """No subscription, tenant or person is named in it."""
    scenarios = "A scenario failed: its output says why.\n\n" if failed else ""
    head = (
        f"# What Azure says in {given.location}\n\n{sum(row.differs for row in rows)} of {len(rows)} rows differ.\n\n"
    )
    text = head + scenarios + as_markdown(rows)
    return text.replace(given.subscription, "SUBSCRIPTION")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped. The group of the open questions is being deleted.")
