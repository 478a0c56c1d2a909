"""The pages in headless Chromium: no message or request, no overflow at 400 and 1,400 px, contrast dark and light."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from tests.test_render.pages import PAGES, every_page

CHROMIUM = shutil.which("chromium")
REQUIRED = os.environ.get("KUBENET_BROWSER") == "required"

pytestmark = pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="there is no chromium on this machine")

QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ),
)

DARK, LIGHT = "--blink-settings=preferredColorScheme=0", "--blink-settings=preferredColorScheme=1"

MEASURE = r"""<script>
addEventListener("load", () => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const cut = [...document.querySelectorAll("h1,h2,h3,p,pre,td,.lane>div")].filter(
    each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent.slice(0, 40));
  const size = Math.min(...[...document.querySelectorAll("p,td,th,.lane>div,.ends span")].map(
    each => parseFloat(getComputedStyle(each).fontSize)));
  const parts = colour => colour.match(/[\d.]+/g).map(Number);
  const luminance = colour => parts(colour).slice(0, 3).map(each => each / 255).map(
    each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4).reduce(
    (sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = each => {
    const colour = getComputedStyle(each).backgroundColor;
    return parts(colour)[3] === 0 && each.parentElement ? ground(each.parentElement) : colour;
  };
  const contrast = each => {
    const [dark, light] = [getComputedStyle(each).color, ground(each)].map(luminance).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const written = [...document.querySelectorAll("body *")].filter(
    each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
  const faint = written.filter(each => !each.closest("svg") && contrast(each) < 4.5).map(each => each.textContent);
  const paper = getComputedStyle(document.body).backgroundColor;
  const loaded = performance.getEntriesByType("resource").map(each => each.name);
  parent.postMessage(JSON.stringify({width: innerWidth, wide, cut, size, loaded, faint, paper}), "*");
});
</script>"""

FRAME = """<!doctype html><iframe width="{width}" height="900" style="border:0" src="inner.html"></iframe>
<script>addEventListener("message", event => {{ document.body.innerHTML = `<pre id="found">${{event.data}}</pre>`; }});
</script>"""
"""A window cannot be as narrow as a telephone; a frame can."""


def browse(page: Path, folder: Path, *further: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None, "KUBENET_BROWSER=required, and there is no chromium"
    return subprocess.run(  # noqa: S603 - the browser of the machine on a page of our own
        [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", *further, page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return every_page()


@pytest.mark.parametrize(
    ("width", "scheme", "paper"), [(400, DARK, "rgb(20, 24, 29)"), (1400, LIGHT, "rgb(255, 255, 255)")]
)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows_or_is_loaded_and_text_keeps_its_size(
    tmp_path: Path, pages: dict[str, str], name: str, width: int, scheme: str, paper: str
) -> None:
    """The measuring script is the test's own: it is added to a copy without the policy that would stop it."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", pages[name])
    (tmp_path / "inner.html").write_text(page.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME.format(width=width), encoding="utf-8")
    done = browse(frame, tmp_path, scheme, "--window-size=1500,900", "--virtual-time-budget=5000", "--dump-dom")
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr
    measured = json.loads(unescape(found[1]))
    assert measured["width"] == width
    assert measured["wide"] <= 0
    assert measured["cut"] == []
    assert measured["size"] >= 12
    assert measured["loaded"] == []
    assert measured["paper"] == paper
    assert measured["faint"] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_console_stays_empty(tmp_path: Path, pages: dict[str, str], name: str) -> None:
    """Whatever the policy had to stop would be a message on the console."""
    page = tmp_path / "page.html"
    page.write_text(pages[name], encoding="utf-8")
    done = browse(page, tmp_path, "--enable-logging=stderr", "--dump-dom")
    assert "Written by az aks kubenet" in done.stdout
    assert "CONSOLE" not in done.stderr
