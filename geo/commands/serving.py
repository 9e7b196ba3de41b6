"""Commands around the dashboard: serve it on this machine, and lay out the scripts its map needs."""

import gc
import os
import socket
import sys
from argparse import ArgumentParser, Namespace
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

from geo.commands.speaking import answer, say
from geo.errors import StoreError
from geo.model import WORKSPACE_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
DEFAULT_PORT = 8501


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    serve: ArgumentParser = commands.add_parser("serve", help=f"start the dashboard on {HOST}")
    serve.add_argument("--port", type=int, default=DEFAULT_PORT)
    serve.set_defaults(launch=run_serve)
    assets: ArgumentParser = commands.add_parser("assets", help="copy the map's scripts out of the installed packages")
    assets.set_defaults(launch=run_assets)


def run_assets(_arguments: Namespace) -> None:
    """Lay out Leaflet and the font under static/vendor, so that nothing comes from the internet."""
    from geo.access import kernels  # noqa: PLC0415 (loads Numba)
    from geo.drawdown import cover_search  # noqa: PLC0415 (loads Numba)
    from geo.layers.offline import copy_assets  # noqa: PLC0415 (a start does without)

    kernels.warm()
    cover_search.warm()
    answer({"assets": [str(path.relative_to(ROOT)) for path in copy_assets(ROOT / "static" / "vendor")]})


def run_serve(arguments: Namespace) -> None:
    """Serve the dashboard from this process and open its first page once, beside it.

    Raises
    ------
    StoreError
        When the port cannot be used, or the workspace cannot be opened.
    """
    _check_port(arguments.port)
    workspace = arguments.workspace and arguments.workspace.resolve()
    if workspace:
        os.environ[WORKSPACE_VARIABLE] = str(workspace)
    os.chdir(ROOT)  # Streamlit reads .streamlit/config.toml from where it runs
    # Loading makes many objects that stay; looking through them again and again only delays the first map.
    gc.set_threshold(50_000, 20, 20)
    from streamlit.web import cli  # noqa: PLC0415 (half a second that other commands do without)

    from geo.commands.visiting import FirstVisit, check_workspace  # noqa: PLC0415

    if workspace and not workspace.is_dir():
        check_workspace(workspace)
    address = f"{HOST}:{arguments.port}"
    ready = f"Piste is ready on http://{address} (stop with Ctrl+C)"
    visit = FirstVisit(address, workspace, on_known=lambda: say(ready))
    visit.start()
    options = ["--server.port", str(arguments.port), "--server.address", HOST]
    with redirect_stdout(sys.stderr):  # words go to stderr
        cli.main(["run", str(ROOT / "app.py"), *options], prog_name="streamlit", standalone_mode=False)
    if visit.refusal:
        raise visit.refusal
    say("Piste stopped.")
    _leave()


def _leave() -> NoReturn:
    """End the process at once.

    Python would first wait for searches that still compute for pages nobody looks at, and take every table and network
    apart: seconds, on a busy machine more than 20. Nothing is lost: what is stored is stored in whole transactions.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _check_port(port: int) -> None:
    """Refuse a port somebody listens on: the health check would take that server for ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise StoreError(f"port {port} cannot be used ({error}); try --port {DEFAULT_PORT + 1}") from error
