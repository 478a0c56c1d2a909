"""Writes docs/address-map.svg, the picture of a page in the README; with --check it only says whether it is current.

The picture is the page's own map of a planned cluster, without the tables beside it.
"""

from __future__ import annotations

import argparse
import sys
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "docs" / "address-map.svg"
sys.path.insert(0, str(ROOT))

from azext_kubenet.core.clusters.request import ClusterRequest, NodePool  # noqa: E402 - as below
from azext_kubenet.core.plan.plan import PlanRequest, plan_addresses  # noqa: E402 - as below
from azext_kubenet.render.page.plan import map_of_plan  # noqa: E402 - the repository is put on the path first
from azext_kubenet.render.page.style import STYLE  # noqa: E402 - as above

WIDTH, HEIGHT = 880, 800
_ALONE: Final = ".scroll { display: none } .page { color-scheme: light }"


def picture() -> str:
    """A node pool of 20 in a company's network: a part of the range is peered, another on premises."""
    request = PlanRequest(
        cluster=ClusterRequest(
            node_pools=(NodePool(name="nodepool1", node_count=5, max_count=20),),
            on_premises_ranges=(IPv4Network("10.128.0.0/9"),),
            pod_cidr=IPv4Network("10.244.0.0/16"),
        ),
        address_prefixes=(IPv4Network("10.20.0.0/16"),),
        used_prefixes=(IPv4Network("10.20.0.0/20"), IPv4Network("10.20.64.0/22")),
        peered_prefixes=(IPv4Network("10.30.0.0/16"),),
    )
    drawn = map_of_plan(plan_addresses(request))
    light = STYLE.replace("@media screen and (prefers-color-scheme: dark)", "@media not all")
    style = light.replace(":root", ".page").replace("\nbody {", "\n.page {") + _ALONE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
        f'<foreignObject width="{WIDTH}" height="{HEIGHT}">\n'
        f'<div xmlns="http://www.w3.org/1999/xhtml" class="page"><style>{style}</style>\n{_in_xml(drawn)}\n</div>\n'
        "</foreignObject>\n</svg>\n"
    )


def _in_xml(markup: str) -> str:
    """In HTML an svg element is known by its name, in XML by its namespace."""
    return markup.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is current")
    wanted = picture()
    if not parser.parse_args().check:
        TARGET.write_text(wanted, encoding="utf-8", newline="\n")
    elif not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != wanted:
        print("docs/address-map.svg is not current. Run: make docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
