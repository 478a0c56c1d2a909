"""Runs a case: seeds the local Azure, has the real az run the commands, and names what is not as expected. IO."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from tests.simulator import AzSession, Completed, Simulator

from .case import Case, ExpectedFinding, Json, Step


def run_case(case: Case, sim: Simulator, az: AzSession) -> list[str]:
    """What is wrong, a line each, with the number of its step; empty when all is as expected."""
    sim.reset()
    seed(case, sim)
    complaints: list[str] = []
    findings: list[Json] = []
    for number, step in enumerate(case.steps, 1):
        done = _printed(step.printed, findings, az) if step.printed else az.run(*step.words)
        answer = _answer(done)
        findings = findings_of(answer)
        complaints += (f"step {number}: {each}" for each in _complaints(step, done, answer, sim))
    return complaints


def seed(case: Case, sim: Simulator) -> None:
    """Put into Azure what the case has there; role assignments last."""
    sim.settings.update(case.settings)
    principals: dict[str, str] = {}
    for identity, body in case.resources.items():
        made = sim.put(identity, {"location": "westeurope", **body})
        principals[identity] = str(made.get("properties", {}).get("principalId"))
    for identity, role, scope in case.roles:
        sim.grant(principals[identity], scope, role)


def findings_of(answer: Any) -> list[Json]:
    """The findings of a report, or of the report in an answer."""
    report = answer.get("report", answer) if isinstance(answer, dict) else {}
    return list(report.get("findings", ()))


def _printed(code: str, findings: list[Json], az: AzSession) -> Completed:
    """What the finding printed, in a shell that finds az, line by line until one fails."""
    commands = [line for each in findings if each["code"] == code for line in each["commands"]]
    if not commands:
        return Completed(1, "", f"the step before printed no command for {code}")
    done = subprocess.run(  # noqa: S603 - what the extension printed is what is tested
        ["/bin/sh", "-e", "-c", "\n".join(commands)],
        env={**az.env, "PATH": f"{az.az.parent}{os.pathsep}{az.env['PATH']}"},
        cwd=az.folder,
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Completed(done.returncode, done.stdout, done.stderr)


def _answer(done: Completed) -> Any:
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def _complaints(step: Step, done: Completed, answer: Any, sim: Simulator) -> Iterator[str]:
    if "Traceback" in done.stderr:
        yield f"az ended with a traceback:\n{done.stderr}"
    findings = findings_of(answer)
    if step.exit is not None and done.returncode != step.exit:
        errors = [each["code"] for each in findings if (each["severity"], each["status"]) == ("error", "failed")]
        yield f"ended with {done.returncode}, not {step.exit}; errors: {errors}\n{done.stderr}"
    for expected in step.findings:
        yield from _finding(expected, findings)
    printed: dict[str, str] = {}
    for each in findings:
        printed[each["code"]] = "\n".join(filter(None, (printed.get(each["code"]), *each["commands"])))
    for code, words in step.require_commands.items():
        if words not in printed.get(code, ""):
            yield f"{code} printed no command with '{words}', but {printed.get(code)!r}"
    for words in step.forbid_commands:
        yield from (f"{code} printed '{words}': {text}" for code, text in printed.items() if words in text)
    if step.subnet_inside is not None:
        chosen = (answer or {}).get("subnet") or {}
        prefix = chosen.get("addressPrefix")
        if prefix is None or not _inside(prefix, step.subnet_inside):
            yield f"the subnet is {prefix}, not inside {step.subnet_inside}"
    for identity, body in step.after.items():
        if not _holds(body, found := sim.get(identity)):
            yield f"{identity} is {found}, which does not hold {body}"


def _finding(expected: ExpectedFinding, findings: list[Json]) -> Iterator[str]:
    same_code = [each for each in findings if each["code"] == expected.code]
    matching = [each for each in same_code if _matches(expected, each)]
    alone = expected.status in ("passed", "skipped")
    if not matching or (alone and matching != same_code):
        shown = [(each["severity"], each["status"], each["message"]) for each in same_code]
        yield f"expected {expected}, found {shown}"


def _matches(expected: ExpectedFinding, finding: Json) -> bool:
    return (
        finding["status"] == expected.status
        and expected.severity in (None, finding["severity"])
        and (expected.message or "") in finding["message"]
    )


def _inside(prefix: str, outer: str) -> bool:
    inner, around = ip_network(prefix), ip_network(outer)
    return inner.version == around.version and int(inner[0]) >= int(around[0]) and int(inner[-1]) <= int(around[-1])


def _holds(expected: Any, actual: Any) -> bool:
    """Whether all that is expected is there, whatever else is; texts without their casing, as Azure's ids."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(_holds(value, actual.get(name)) for name, value in expected.items())
    if isinstance(expected, str):
        return isinstance(actual, str) and actual.lower() == expected.lower()
    return bool(actual == expected)
