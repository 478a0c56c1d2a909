"""How the page looks: one scale of spacing, quiet type, dark and light, print on A4. No IO."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2128; --quiet: #57606a; --line: #d0d7de; --ground: #f4f6f8;
  --error: #b3261e; --warning: #8a5300; --good: #1a6b34; --note: #3d5a80;
  --virtualNetwork: #5b6b7d; --clusterSubnet: #0b63c5; --otherSubnet: #8091a5; --pods: #7a4dbf; --services: #0f7b6c;
  --peered: #a06a00; --onPremises: #a5532a; --reserved: #94456e; --azure: #57606a; --nodes: #0b63c5; --surge: #6fa8e8;
  --loadBalancers: #0f7b6c; --others: #8091a5; --free: #e6eaef; --hatch: #1c2128;
  --rebuild: #b3261e; --blocked: #c26a00; --steps: #0b63c5; --ready: #1a7f4b;
  --s1: .25rem; --s2: .5rem; --s3: 1rem; --s4: 2rem; --s5: 4rem;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e6eaef; --quiet: #a3adb8; --line: #39424e; --ground: #1c2229;
    --error: #ff9a92; --warning: #f0b866; --good: #7fd49a; --note: #a9c4ea;
    --virtualNetwork: #8293a6; --clusterSubnet: #5aa2f5; --otherSubnet: #66768a; --pods: #b18cf0; --services: #45b8a6;
    --peered: #d8a243; --onPremises: #e08a5b; --reserved: #d18ab0; --azure: #a3adb8; --nodes: #5aa2f5; --surge: #2f5f9e;
    --loadBalancers: #45b8a6; --others: #66768a; --free: #2a323c; --hatch: #ffffff;
    --rebuild: #ff7b72; --blocked: #e0a03f; --steps: #5aa2f5; --ready: #5fc98a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 72rem; padding: var(--s3); background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header { padding: var(--s3) 0; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 600; margin: 0 0 var(--s2); overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; font-weight: 600; margin: var(--s4) 0 var(--s2); }
h3 { font-size: 1rem; font-weight: 600; margin: var(--s3) 0 var(--s1); overflow-wrap: anywhere; }
p { margin: 0 0 var(--s2); max-width: 44rem; overflow-wrap: anywhere; }
.quiet, caption, footer { color: var(--quiet); }
.verdict { font-weight: 600; }
.error { color: var(--error); } .warning { color: var(--warning); }
.good { color: var(--good); } .info { color: var(--note); }
code, pre { font: .875rem/1.45 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
pre {
  margin: var(--s1) 0 var(--s2); padding: var(--s2); background: var(--ground); border: 1px solid var(--line);
  border-radius: var(--s1); overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all;
}
td code {
  display: block; max-width: 20rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; user-select: all;
}
code b { display: inline-block; max-width: 100%; font-weight: inherit; }
.scroll { overflow-x: auto; margin: var(--s2) 0 var(--s3); }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: var(--s1); }
th, td { text-align: left; vertical-align: top; padding: var(--s1) var(--s2); border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--quiet); } td { overflow-wrap: break-word; }
.number { text-align: right; } td.number { white-space: nowrap; }
.lane { display: grid; grid-template-columns: 10rem 1fr; align-items: center; gap: 0 var(--s2); font-size: .875rem; }
.lane svg, .bar svg { display: block; width: 100%; }
.lane svg { height: 1.5rem; padding: .125rem 0; } .bar svg { height: 2rem; }
.bar { margin: var(--s3) 0 0; } .lens { position: relative; padding-top: 1.25rem; }
.bar .lens svg { position: absolute; inset: 0; height: 100%; fill: var(--free); opacity: .6; }
.lens .ends { position: relative; }
.ends { display: flex; justify-content: space-between; color: var(--quiet); font-size: .8125rem; }
.key { display: flex; flex-wrap: wrap; gap: var(--s1) var(--s3); margin: var(--s2) 0; padding: 0; font-size: .875rem; }
.key li { list-style: none; display: flex; align-items: center; gap: var(--s2); }
.key svg { width: 1rem; height: 1rem; flex: none; }
.finding { padding: var(--s2) 0; border-top: 1px solid var(--line); break-inside: avoid; }
.cases { margin: 0; padding: 0; } .cases > li { list-style: none; margin-top: var(--s2); }
.steps { margin: 0; padding: 0; } .steps h3 { margin: 0; } .steps > li > div { min-width: 0; }
.steps > li {
  list-style: none; display: grid; grid-template-columns: 1.25rem 1fr; gap: 0 var(--s2); break-inside: avoid;
  padding: var(--s2) 0; border-top: 1px solid var(--line);
}
.steps svg { width: 1.25rem; height: 1.25rem; margin-top: .125rem; color: var(--quiet); }
.steps svg.good { color: var(--good); } .steps svg.warning { color: var(--warning); }
.steps svg.error { color: var(--error); } .steps svg.info { color: var(--note); }
.state { display: flex; flex-wrap: wrap; align-items: center; gap: var(--s1) var(--s2); }
.tag { border: 1px solid var(--line); border-radius: var(--s1); padding: 0 var(--s2); font-size: .8125rem; }
.box { fill: none; stroke: currentColor; stroke-width: 1.25; }
.mark { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.fleet { display: block; width: 100%; min-width: 8rem; height: 1rem; }
.whole { height: 2rem; margin: var(--s2) 0; }
.effort { display: flex; align-items: center; gap: var(--s2); white-space: nowrap; }
.swatch { width: .75rem; height: .75rem; flex: none; }
footer { margin-top: var(--s5); padding-top: var(--s2); border-top: 1px solid var(--line); font-size: .8125rem; }
.track { fill: var(--ground); }
.edge { stroke: var(--paper); stroke-width: .5; }
.hatched { fill: url(#hatch); }
@media (max-width: 40rem) {
  body { padding: var(--s2); } .lane { grid-template-columns: 1fr; margin-top: var(--s2); }
  th, td { padding: var(--s1); }
}
@media print {
  @page { size: A4; margin: 15mm; }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h3 { break-after: avoid; } .scroll { overflow: visible; } td code { max-width: none; white-space: normal; }
}
"""
