"""Runs the local Azure until it is terminated. IO: network, the state file, signals."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from .simulator import Simulator


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--state-file", type=Path, required=True, help="JSON file written when the server answers")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--log", type=Path, help="file that each request is appended to as a JSON line")
    parser.add_argument("--control", action="store_true", help="open POST /_control")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds every answer is delayed")
    parser.add_argument("--parent", type=int, help="process id whose end also ends the simulator")
    return parser.parse_args()


def _write_state(file: Path, simulator: Simulator) -> None:
    """Writes beside the file and renames, so that a reader never sees half of it."""
    state = {
        "url": simulator.url,
        "caFile": str(simulator.ca_file),
        "pid": os.getpid(),
        "subscriptionId": simulator.subscription_id,
        "tenantId": simulator.tenant_id,
        "clientId": simulator.client_id,
    }
    draft = file.with_name(file.name + ".part")
    draft.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    draft.replace(file)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> int:
    arguments = _arguments()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    simulator = Simulator(control=arguments.control, latency=arguments.latency, port=arguments.port, log=arguments.log)
    with simulator:
        _write_state(arguments.state_file, simulator)
        while not ended.wait(1.0):
            if arguments.parent is not None and not _is_alive(arguments.parent):
                break
    arguments.state_file.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
