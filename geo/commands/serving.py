"""Commands around the dashboard: serve it on this machine, and lay out the scripts its map needs."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import URLError
from urllib.request import urlopen

from geo.commands.speaking import answer, say
from geo.errors import StoreError
from geo.layers.offline import copy_assets
from geo.settings import WORKSPACE_VARIABLE, Settings

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
DEFAULT_PORT = 8501
START_LIMIT_S = 60.0
END_LIMIT_S = 5.0
# What the first visit speaks with; loaded while the server starts.
_VISITING = ("streamlit.proto.BackMsg_pb2", "streamlit.proto.ForwardMsg_pb2", "websockets.asyncio.client")


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    serve: ArgumentParser = commands.add_parser("serve", help=f"start the dashboard on {HOST}")
    serve.add_argument("--port", type=int, default=DEFAULT_PORT)
    serve.set_defaults(run=run_serve)
    assets: ArgumentParser = commands.add_parser("assets", help="copy the map's scripts out of the installed packages")
    assets.set_defaults(run=run_assets)


def run_assets(_arguments: Namespace, _settings: Settings) -> None:
    """Lay out Leaflet and the font under static/vendor, so that nothing comes from the internet."""
    answer({"assets": [str(path.relative_to(ROOT)) for path in copy_assets(ROOT / "static" / "vendor")]})


def run_serve(arguments: Namespace, settings: Settings) -> None:
    """Start the dashboard, open its frame once, and stay until it stops.

    Until the entry script has run once, a direct link to a page would run that page without the
    frame; the first visit is therefore made here, before anybody is told the address.

    Raises
    ------
    StoreError
        When there is no workspace, or the server does not come up.
    """
    path = arguments.workspace or settings.workspace.path
    command = [sys.executable, "-m", "pages._shared.process", "run", str(ROOT / "app.py")]
    options = ["--server.port", str(arguments.port), "--server.address", HOST]
    _check_port(arguments.port)
    signal.signal(signal.SIGTERM, _stop)  # else the server would outlive the command
    environment = {**os.environ, WORKSPACE_VARIABLE: str(Path(path).resolve())}
    with subprocess.Popen([*command, *options], cwd=ROOT, env=environment, stdout=sys.stderr) as server:  # noqa: S603 (our own interpreter and script)
        try:
            for module in _VISITING:
                import_module(module)
            _check_workspace(path, settings)
            _await_health(server, arguments.port)
            asyncio.run(_first_visit(arguments.port))
            say(f"Piste is ready on http://{HOST}:{arguments.port} (stop with Ctrl+C)")
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


def _check_workspace(path: Path, settings: Settings) -> None:
    """Refuse a workspace that cannot be opened; done while the server starts, which takes longer."""
    from geo.workspace import open_workspace  # noqa: PLC0415 (the server starts meanwhile)

    open_workspace(path, author=settings.workspace.author).close()


def _await_health(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise StoreError(f"the dashboard could not start on port {port}; is the port in use? Try --port {port + 1}")
        try:
            with urlopen(f"http://{HOST}:{port}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise StoreError(f"the dashboard did not answer on port {port} within {START_LIMIT_S:.0f} s")


async def _first_visit(port: int) -> None:
    """Run the entry script in a real connection until it has told its pages; the first person's visit does the rest."""
    from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: PLC0415
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: PLC0415
    from websockets.asyncio.client import connect  # noqa: PLC0415
    from websockets.exceptions import WebSocketException  # noqa: PLC0415

    hello = BackMsg()
    hello.rerun_script.query_string = ""
    enough = BackMsg()
    enough.stop_script = True
    address = f"ws://{HOST}:{port}/_stcore/stream"
    try:
        async with connect(address, subprotocols=["streamlit"], max_size=None) as stream:  # type: ignore[list-item]
            await stream.send(hello.SerializeToString())
            async with asyncio.timeout(START_LIMIT_S):
                async for message in stream:
                    told = ForwardMsg()
                    told.ParseFromString(message if isinstance(message, bytes) else message.encode())
                    if told.WhichOneof("type") in ("navigation", "script_finished"):
                        await stream.send(enough.SerializeToString())
                        return
    except (WebSocketException, OSError, TimeoutError) as error:
        raise StoreError(f"the dashboard came up but its first page did not run: {error}") from error
