"""Commands around the dashboard: serve it on this machine, and lay out the scripts its map needs."""

import os
import signal
import socket
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, NoReturn

from geo.commands.speaking import answer, say
from geo.errors import StoreError
from geo.model import WORKSPACE_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
DEFAULT_PORT = 8501
END_LIMIT_S = 5.0


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    serve: ArgumentParser = commands.add_parser("serve", help=f"start the dashboard on {HOST}")
    serve.add_argument("--port", type=int, default=DEFAULT_PORT)
    serve.set_defaults(launch=run_serve)
    assets: ArgumentParser = commands.add_parser("assets", help="copy the map's scripts out of the installed packages")
    assets.set_defaults(launch=run_assets)


def run_assets(_arguments: Namespace) -> None:
    """Lay out Leaflet and the font under static/vendor, so that nothing comes from the internet."""
    from geo.layers.offline import copy_assets  # noqa: PLC0415 (a start does without)

    answer({"assets": [str(path.relative_to(ROOT)) for path in copy_assets(ROOT / "static" / "vendor")]})


def run_serve(arguments: Namespace) -> None:
    """Start the dashboard, open its first page once, and stay until it stops.

    The server is started before anything else is loaded: its start is what everybody waits for.

    Raises
    ------
    StoreError
        When there is no workspace, or the server does not come up.
    """
    address = f"{HOST}:{arguments.port}"
    command = [sys.executable, "-m", "pages._shared.process", "run", str(ROOT / "app.py")]
    options = ["--server.port", str(arguments.port), "--server.address", HOST]
    _check_port(arguments.port)
    signal.signal(signal.SIGTERM, _stop)  # else the server would outlive the command
    environment = dict(os.environ)
    if arguments.workspace:
        environment[WORKSPACE_VARIABLE] = str(arguments.workspace.resolve())
    with subprocess.Popen([*command, *options], cwd=ROOT, env=environment, stdout=sys.stderr) as server:  # noqa: S603 (our own interpreter and script)
        try:
            # What this process needs loads while the server starts.
            from geo.commands.visiting import await_health, check_workspace, visit, workspace_path  # noqa: PLC0415

            path = workspace_path(arguments.workspace)
            if not path.is_dir():
                check_workspace(path)
            await_health(server, address)
            if not visit(address, lambda: say(f"Piste is ready on http://{address} (stop with Ctrl+C)")):
                check_workspace(path)
            server.wait()
        except KeyboardInterrupt:
            say("Piste stopped.")
        finally:
            _end(server)


def _check_port(port: int) -> None:
    """Refuse a port somebody listens on: the health check would take that server for ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise StoreError(f"port {port} cannot be used ({error}); try --port {DEFAULT_PORT + 1}") from error


def _end(server: "subprocess.Popen[bytes]") -> None:
    """End the server even when an open page keeps it waiting."""
    server.terminate()
    try:
        server.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        server.kill()


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
