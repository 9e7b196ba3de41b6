"""Fixtures by noun. Sockets are blocked for every test but the browser tour (localhost only)."""

from pathlib import Path

import pytest

from geo.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings as shipped."""
    return read_settings(ROOT / "config.toml")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real published data; the project never contains it."""
    if not SHARED.is_dir():
        pytest.skip("real published data are not beside this checkout")
    return SHARED
