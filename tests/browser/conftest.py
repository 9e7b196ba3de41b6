"""A real server and a real browser. Every wait is bounded; a server is ended by its own process handle."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from geo.layers.offline import missing_assets

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ("127.0.0.1", "localhost")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
STOP_S = 20
SERVER_START_S = 60
PAINT_S = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of this folder may talk to this machine, and to nothing else."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@dataclass
class Visit:
    """One open page and all it did wrong."""

    page: Page
    url: str
    outside: list[str] = field(default_factory=list)  # requests that left this machine
    faults: list[str] = field(default_factory=list)  # script errors of page and frames

    def open(self, path: str = "") -> None:
        """Go to a page of the app."""
        self.page.goto(f"{self.url}/{path}")

    def map_frame(self, *, title: str | None = None, scenes: int = 1) -> Frame:
        """Wait until a map has painted so many scenes (and is called ``title``), and return its frame."""
        ready = "([title, scenes]) => window.__piste && __piste.scenes >= scenes && __piste.font === true && "
        ready += "(!title || document.getElementById('map_div').getAttribute('aria-label') === title)"
        limit = time.monotonic() + PAINT_S
        while time.monotonic() < limit:
            for frame in self.page.frames:
                if "st_folium" in frame.url and _holds(frame, ready, [title, scenes]):
                    return frame
            self.page.wait_for_timeout(100)
        raise AssertionError(f"no map was painted within {PAINT_S} s; faults: {self.faults}")


def _holds(frame: Frame, condition: str, argument: object) -> bool:
    try:
        return bool(frame.evaluate(condition, argument))
    except Exception:  # noqa: BLE001 - a frame may go while it is asked
        return False


@contextmanager
def serve(folder: Path, script: str = "app.py", **environment: str) -> Iterator[str]:
    """Serve a Streamlit script from a folder; yields its address, ends the server afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, stdout=log, stderr=log
        )
        try:
            _wait_for(port, server, Path(log.name))
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()  # a stage, not the command a person uses: how it ends says nothing
            server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    limit = time.monotonic() + SERVER_START_S
    while time.monotonic() < limit:
        if server.poll() is not None:
            raise AssertionError(f"the server ended: {log.read_text(encoding='utf-8')[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the server did not answer within {SERVER_START_S} s")


def chromium() -> str | None:
    """Path of the system's Chromium."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    executable = chromium()
    if executable is None:
        pytest.skip("Chromium is not installed; install your system's package 'chromium'")
    if missing_assets():
        pytest.skip("map assets are not in static/vendor; run `make setup`")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a watched page: ``visit(url, width=1280, height=720)``."""
    opened: list[Page] = []

    def begin(url: str, *, width: int = 1280, height: int = 720, **context: Any) -> Visit:
        page = browser.new_page(viewport={"width": width, "height": height}, **context)
        opened.append(page)
        made = Visit(page=page, url=url)
        page.on("request", lambda request: _note_request(made, request.url))
        page.on("pageerror", lambda error: made.faults.append(str(error)))
        return made

    yield begin
    for page in opened:
        page.close()


def _note_request(visit: Visit, url: str) -> None:
    if url.startswith(("data:", "blob:")):
        return
    host = url.split("/")[2].rsplit(":", 1)[0]
    if host not in LOCAL:
        visit.outside.append(url)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """Ask the dashboard to stop, as Ctrl+C does; one that does not is a fault, and troubles no other test."""
    server.terminate()
    try:
        server.wait(timeout=STOP_S)
    finally:
        server.kill()
        server.wait()


@contextmanager
def serve_workspace(workspace: Path) -> Iterator[str]:
    """The dashboard on a workspace, started by the command a person uses."""
    port = free_port()
    log_path = workspace.parent / f"serve-{port}.log"
    with log_path.open("wb") as log:
        command = [sys.executable, "-m", "geo", "serve", "--port", str(port), "--workspace", str(workspace)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))
        try:
            limit = time.monotonic() + SERVER_START_S
            while "Piste is ready" not in log_path.read_text(encoding="utf-8"):
                assert server.poll() is None, log_path.read_text(encoding="utf-8")[-2000:]
                assert time.monotonic() < limit, "the dashboard was not ready in time"
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(server)


def choose_audience(visit: Visit, name: str) -> None:
    sidebar = visit.page.get_by_test_id("stSidebar")
    sidebar.get_by_role("combobox").last.click()
    visit.page.get_by_role("option", name=name).click()


def go_to(visit: Visit, name: str) -> None:
    visit.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()


def check_clean(visit: Visit) -> None:
    assert visit.outside == []
    assert visit.faults == []
    assert visit.page.get_by_test_id("stException").count() == 0
    assert visit.page.get_by_test_id("stAlertContentError").count() == 0
