"""The first visit: ``serve`` opens the dashboard's first page itself, before anybody is told the address.

Until the entry script has run once, a direct link to a page would run that page without the frame. The visit goes
on after the address is told, so that the first person finds tables read and the base map drawn.
"""

import asyncio
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from geo.errors import StoreError
from geo.settings import CONFIG_FILE, read_settings

ROOT = Path(__file__).resolve().parents[2]

START_LIMIT_S = 60.0
_BETWEEN_S = 0.02


def workspace_path(given: Path | None) -> Path:
    """Return the workspace named on the command line, else the one of ``config.toml``."""
    return given or ROOT / read_settings(ROOT / CONFIG_FILE).workspace.path


def check_workspace(path: Path) -> None:
    """Refuse a workspace that cannot be opened.

    Raises
    ------
    StoreError
        With what is wrong and the way out.
    """
    from geo.workspace import open_workspace  # noqa: PLC0415 (a second that the start does without)

    open_workspace(path, author="serve").close()


def await_health(server: "subprocess.Popen[bytes]", address: str) -> None:
    """Return once the server answers at an address like ``127.0.0.1:8501``.

    Raises
    ------
    StoreError
        When it ends, or does not answer in time.
    """
    port = int(address.rsplit(":", 1)[1])
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise StoreError(f"the dashboard could not start on port {port}; is the port in use? Try --port {port + 1}")
        try:
            with urlopen(f"http://{address}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(_BETWEEN_S)
    raise StoreError(f"the dashboard did not answer on port {port} within {START_LIMIT_S:.0f} s")


def visit(address: str, on_known: Callable[[], None]) -> bool:
    """Run the entry script in a real connection; ``on_known`` is called as soon as it has told its pages.

    Returns
    -------
    bool
        Whether the first page ran without an alert, as it shows one where the workspace cannot be opened.

    Raises
    ------
    StoreError
        When the first page does not run.
    """
    try:
        return asyncio.run(_visit(address, on_known))
    except (WebSocketException, OSError, TimeoutError) as error:
        raise StoreError(f"the dashboard came up but its first page did not run: {error}") from error


async def _visit(address: str, on_known: Callable[[], None]) -> bool:
    hello = BackMsg()
    hello.rerun_script.query_string = ""
    known, sound = False, True
    async with connect(f"ws://{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as stream:  # type: ignore[list-item]
        await stream.send(hello.SerializeToString())
        async with asyncio.timeout(START_LIMIT_S):
            async for message in stream:
                told = ForwardMsg()
                told.ParseFromString(message if isinstance(message, bytes) else message.encode())
                kind = told.WhichOneof("type")
                sound = sound and told.delta.new_element.WhichOneof("type") not in ("alert", "exception")
                if kind in ("navigation", "script_finished") and not known:
                    known = True
                    on_known()
                if kind == "script_finished":
                    break
    return sound
