"""Spark speaks over loopback, to itself only. Without it these tests are skipped; ``make test-spark`` insists."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of this folder may talk to this machine, and to nothing else."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.spark)
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture(scope="session", autouse=True)
def spark_is_here() -> None:
    """Skip, or fail where Spark is required, when pyspark or Java is missing."""
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")  # many tiny questions
    missing = [
        name for name, found in (("pyspark", find_spec("pyspark")), ("Java", shutil.which("java"))) if found is None
    ]
    if missing:
        reason = f"{' and '.join(missing)} not installed; run `make test-spark`"
        pytest.fail(reason) if os.environ.get("PISTE_SPARK") == "required" else pytest.skip(reason)
