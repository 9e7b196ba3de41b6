"""Fixtures by noun. Sockets are blocked for every test but the browser tour (localhost only)."""

import os
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from geo.answers.world import World
from geo.settings import Settings, read_settings
from geo.workspace import open_workspace
from geo.workspace.sample import build_sample

# The gate tries the same examples each time; `make explore` looks for new ones.
hypothesis_settings.register_profile("gate", derandomize=True, deadline=None)
hypothesis_settings.register_profile("explore", deadline=None)
hypothesis_settings.load_profile(os.environ.get("PISTE_HYPOTHESIS", "gate"))

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


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the fictional sample; nobody may write to it."""
    folder = tmp_path_factory.mktemp("sample") / "workspace"
    workspace = open_workspace(folder, author="test", create=True)
    build_sample(workspace, ROOT / "data" / "sample")
    workspace.close()
    return folder


@pytest.fixture(scope="session")
def sample_world(sample_folder: Path, settings: Settings) -> World:
    """The sample as the answers see it."""
    return World(open_workspace(sample_folder, author="test"), settings)
