"""The first visit: ``serve`` opens the dashboard's first page itself, before anybody is told the address.

Until the entry script has run once, a direct link to a page would run that page without the frame. The visit goes
on after the address is told, so that the first person finds tables read and the base map drawn.
"""

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from urllib.error import URLError
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from geo.errors import GeoError, StoreError

ROOT = Path(__file__).resolve().parents[2]

START_LIMIT_S = 60.0
_BETWEEN_S = 0.02


class FirstVisit(Thread):
    """Opens the first page beside the server, in the server's own process.

    Parameters
    ----------
    address
        Like ``127.0.0.1:8501``.
    workspace
        The one named on the command line; ``None`` is the one of ``config.toml``.
    on_known
        Called as soon as the entry script has told its pages.
    """

    def __init__(self, address: str, workspace: Path | None, *, on_known: Callable[[], None]) -> None:
        super().__init__(name="first visit", daemon=True)
        self.refusal: GeoError | None = None  # why the server was stopped again
        self._address, self._workspace, self._on_known = address, workspace, on_known

    def run(self) -> None:
        """Visit; what speaks against serving stops the server and stays in ``refusal``."""
        try:
            _await_health(self._address)
            if not _visited(self._address, self._on_known):
                check_workspace(self._workspace)
        except GeoError as error:
            self.refusal = error
            signal.raise_signal(signal.SIGINT)


def check_workspace(given: Path | None) -> None:
    """Refuse a workspace that cannot be opened.

    Raises
    ------
    StoreError
        With what is wrong and the way out.
    """
    from geo.settings import CONFIG_FILE, read_settings  # noqa: PLC0415 (the page has read them by now)
    from geo.workspace import open_workspace  # noqa: PLC0415

    open_workspace(given or ROOT / read_settings(ROOT / CONFIG_FILE).workspace.path, author="serve").close()


def _await_health(address: str) -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://{address}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(_BETWEEN_S)
    raise StoreError(f"the dashboard did not answer on {address} within {START_LIMIT_S:.0f} s")


def _visited(address: str, on_known: Callable[[], None]) -> bool:
    """Whether the first page ran without an alert, as it shows one where the workspace cannot be opened."""
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
