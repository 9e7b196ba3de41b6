"""Spark as an engine: one session per process, on this machine, offline, speaking over loopback only.

Everything it writes lies in one temporary folder that goes with the process: tables, shuffles, warehouse.
"""

import atexit
import itertools
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from geo.errors import SettingsError, StoreError
from geo.schema import INCIDENTS
from geo.workspace.engine import Source
from geo.workspace.rollup_sql import STORED

LOOPBACK = "127.0.0.1"
_SPARK_TYPE = {"text": "string", "integer": "bigint", "number": "double", "date": "timestamp_ntz", "flag": "boolean"}
# Errors come back as exceptions; the second logger only asks whether it agrees with the first.
_QUIET = """
rootLogger.level = off
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = off
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c: %m%n
"""
_PATTERN = re.compile(r"[\\\[\]{}*?]")
_starting = Lock()
_answers = itertools.count()


class SparkEngine:
    """A stage of its own in the session of this process; its tables are Parquet files in a temporary folder."""

    dialect = "spark"

    def __init__(self, *, memory_gb: float) -> None:
        with _starting:
            self._session = _session(memory_gb).newSession()
        self._folder = Path(tempfile.mkdtemp(prefix="stage-", dir=_folder()))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def read(self, sources: Sequence[Source]) -> None:
        """Make ``stored`` a view of the files; an import is told by the folder its file lies in."""
        kinds = {column.name: _SPARK_TYPE[column.kind] for column in INCIDENTS.columns if column.name in STORED}
        if not sources:
            order = dict.fromkeys(("import_place", "import_row"), "bigint")
            empty = ", ".join(f"CAST(NULL AS {kind}) AS `{name}`" for name, kind in (kinds | order).items())
            self._session.sql(f"SELECT {empty} WHERE false").createOrReplaceTempView("stored")
            return
        folders = [source.file.parent.name for source in sources]
        self.put("imports", pa.table({"folder": folders, "import_place": pa.array(range(len(folders)), pa.int64())}))
        # A column an old file lacks is empty; names of folders may hold signs that Spark takes for patterns.
        reader = self._session.read.schema(", ".join(f"`{name}` {kind}" for name, kind in kinds.items()))
        rows = self._guarded(lambda: reader.parquet(*(_PATTERN.sub(r"\\\g<0>", str(one.file)) for one in sources)))
        rows = rows.selectExpr(
            *(f"`{name}`" for name in kinds),
            "element_at(split(_metadata.file_path, '/'), -2) AS folder",
            "_metadata.row_index AS import_row",
        )
        rows.join(self._session.table("imports"), "folder").drop("folder").createOrReplaceTempView("stored")

    def keep(self, name: str, statement: str) -> None:
        """Run a statement once and keep what it gives as files."""
        place = str(self._folder / name)
        self._guarded(lambda: self._session.sql(statement).write.parquet(place))
        self._session.read.parquet(place).createOrReplaceTempView(name)

    def put(self, name: str, table: pa.Table) -> None:
        """Write a small table as a file."""
        place = self._folder / f"{name}.parquet"
        pq.write_table(table.replace_schema_metadata(None), place)  # Spark believes the schema noted there, if any
        self._session.read.parquet(str(place)).createOrReplaceTempView(name)

    def run(self, statement: str, **parameters: str) -> pa.Table:
        """Answer a statement, by a file: pyspark's own way leaves a socket open for each answer."""
        place = self._folder / f"answer-{next(_answers)}"
        try:
            self._guarded(lambda: self._session.sql(statement, args=parameters or None).write.parquet(str(place)))
            return pq.read_table(place)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _guarded(self, work: Callable[[], Any]) -> Any:
        from py4j.protocol import Py4JError  # noqa: PLC0415 (installed with pyspark)
        from pyspark.errors import PySparkException  # noqa: PLC0415

        try:
            return work()
        except (PySparkException, Py4JError) as error:
            raise StoreError(
                f"Spark cannot roll the incidents up ({str(error).splitlines()[0]}); run `verify`, restore what it names, "
                "or give it more memory in config.toml, engine.spark_memory_gb"
            ) from error


def _check_installed() -> None:
    way_out = 'or set engine.name = "duckdb" in config.toml'
    if find_spec("pyspark") is None:
        raise SettingsError(f"the engine spark needs the package pyspark; run `make setup-spark`, {way_out}")
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home) / "bin") if home else None) is None:
        raise SettingsError(f"the engine spark needs Java 17 or newer; install it, or correct JAVA_HOME, {way_out}")


@cache
def _folder() -> str:
    """Where everything Spark writes lies; removed when the process ends, after Spark has."""
    folder = tempfile.mkdtemp(prefix="piste-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (Path(folder) / "log4j2.properties").write_text(_QUIET, encoding="utf-8")
    return folder


def _options(memory_gb: float) -> Mapping[str, str]:
    folder = _folder()
    java = f"-Djava.io.tmpdir={folder} -Dlog4j2.configurationFile=file:{folder}/log4j2.properties"
    return {
        "spark.master": "local[*]",
        "spark.app.name": "piste",
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.memory": f"{round(1024 * memory_gb)}m",
        "spark.driver.extraJavaOptions": java,
        "spark.local.dir": folder,
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }


@cache
def _session(memory_gb: float) -> Any:
    """Start Java and Spark, once; takes some seconds.

    Raises
    ------
    SettingsError
        When pyspark or Java is missing, or Java does not start.
    """
    _check_installed()
    from pyspark import SparkConf  # noqa: PLC0415
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    os.environ["SPARK_LOCAL_IP"] = LOOPBACK  # read by Spark's Java side only
    options = SparkConf(loadDefaults=False).setAll(list(_options(memory_gb).items()))
    try:
        session = SparkSession.builder.config(conf=options).getOrCreate()
    except (PySparkException, OSError) as error:
        raise SettingsError(
            "Spark does not start; it needs Java 17 or newer and as much free memory as config.toml, "
            f"engine.spark_memory_gb says ({memory_gb:g})"
        ) from error
    atexit.register(session.stop)
    return session
