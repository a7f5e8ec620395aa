"""Checks a built program against its own description of its HTTP interface.

    python check.py PATH/TO/onrecord [--seconds 75]

It starts `onrecord serve` on a free port, has schemathesis send what the
description allows and what it does not, and ends with status 0 where every
response was as described, the server is still alive, and it stops in good order.
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("onrecord", type=pathlib.Path, help="the program")
    args.add_argument("--seconds", type=int, default=75, help="time for cases made at random")
    args = args.parse_args()

    server = subprocess.Popen(
        [args.onrecord.resolve(), "serve", "--addr", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    )
    try:
        line = server.stdout.readline()
        if not line.startswith("serving on "):
            sys.exit(f"the server did not start: {line!r}, status {server.wait(10)}")
        url = line.split()[-1]
        with tempfile.TemporaryDirectory() as notes:  # that schemathesis leaves
            outcome = schemathesis(url, args.seconds, notes)
        with urllib.request.urlopen(url + "/healthz", timeout=10) as response:
            assert response.status == 200
    finally:
        server.send_signal(signal.SIGTERM)
        stopped = server.wait(90)
    if stopped != 0:
        sys.exit(f"the server ended with status {stopped}")
    sys.exit(outcome)


def schemathesis(url, seconds, folder):
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml"),
            *("run", url + "/v1/openapi.json", "--checks", "all"),
            *("--phases", "examples,coverage,fuzzing,stateful"),
            *("--max-examples", "1000000", "--max-time", str(seconds)),
        ],
        env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        timeout=4 * seconds + 60,
    ).returncode


if __name__ == "__main__":
    main()
