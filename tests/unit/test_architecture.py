"""Silent risks here: an import that points up the house; a second way out past the gate; Streamlit or a
path inside a thinking room; a module that grows until nobody reads it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A module imports only from rows above its own. Rooms of a row are one package.
ROWS = (
    "errors", "crs", "contracts", "schema", "model", "settings", "text",
    "readers", "workspace", "hexgrid_kernels", "hexgrid",
    "incidents", "actors", "access", "missions", "drawdown",
    "redaction", "answers", "layers", "exports", "commands", "__main__",
)  # fmt: skip
THINKING = ("hexgrid_kernels", "hexgrid", "incidents", "actors", "access", "missions", "drawdown")
OPENS_FILES = {
    "pathlib",
    "os",
    "io",
    "shutil",
    "tempfile",
    "sqlite3",
    "duckdb",
    "pyogrio",
    "sqlalchemy",
    "socket",
    "urllib",
}
MAX_MODULE_LINES, MAX_PAGE_LINES, MAX_FUNCTION_LINES, MAX_PARAMETERS = 400, 150, 60, 6

GEO = sorted((ROOT / "geo").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
ALL = [*GEO, *PAGES, ROOT / "app.py"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports_of(path: Path) -> list[str]:
    """Dotted names a file imports; ``from geo import x`` counts as ``geo.x``."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} uses a relative import"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def row_of(path: Path) -> str:
    part = path.relative_to(ROOT / "geo").parts[0]
    return part.removesuffix(".py")


def functions_of(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", [p for p in GEO if p.name != "__init__.py" or p.parent.name != "geo"], ids=name_of)
def test_imports_point_down_the_house(path: Path) -> None:
    here = ROWS.index(row_of(path))
    for dotted in imports_of(path):
        parts = dotted.split(".")
        if parts[0] == "geo" and len(parts) > 1:
            assert parts[1] in ROWS, f"{name_of(path)} imports {dotted}, a room this test does not know"
            assert ROWS.index(parts[1]) <= here, f"{name_of(path)} imports {dotted} from a row below its own"
        assert parts[0] not in {"streamlit", "streamlit_folium", "pages", "app"} or _serves(path, dotted)


def _serves(path: Path, dotted: str) -> bool:
    """The command that serves runs Streamlit, and its first visit speaks its wire format; no more of it is in geo/."""
    return (name_of(path), dotted.rsplit(".", 1)[0]) in {
        ("geo/commands/serving.py", "streamlit.web"),
        ("geo/commands/visiting.py", "streamlit.proto.BackMsg_pb2"),
        ("geo/commands/visiting.py", "streamlit.proto.ForwardMsg_pb2"),
    }


@pytest.mark.parametrize("path", [p for p in GEO if row_of(p) in THINKING], ids=name_of)
def test_thinking_rooms_open_no_file_and_know_no_path(path: Path) -> None:
    assert not {dotted.split(".")[0] for dotted in imports_of(path)} & OPENS_FILES
    calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
    assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in {"open", "print"}]


def test_one_file_imports_folium() -> None:
    importers = {name_of(p) for p in ALL if any(d.split(".")[0] in {"folium", "branca"} for d in imports_of(p))}
    assert importers == {"geo/layers/folium_map.py"}


def test_only_the_gate_makes_cleared() -> None:
    makers = {name_of(p) for p in ALL if "Cleared(" in p.read_text(encoding="utf-8").replace("class Cleared(", "")}
    assert makers == {"geo/redaction.py"}


def test_layers_and_exports_never_see_the_store_or_the_rooms() -> None:
    for path in GEO:
        if row_of(path) in {"layers", "exports"}:
            rooms = {d.split(".")[1] for d in imports_of(path) if d.startswith("geo.")}
            assert not rooms & {"workspace", "readers", "incidents", "actors", "access", "drawdown", "answers"}, path


def test_pages_ask_only_their_shared_data() -> None:
    banned = (
        "geo.workspace",
        "geo.readers",
        "geo.answers",
        "geo.incidents",
        "geo.actors",
        "geo.access",
        "geo.drawdown",
        "pandas",
        "geopandas",
    )
    for path in PAGES:
        if path.parent.name == "data":
            continue
        stray = [d for d in imports_of(path) if d.startswith(banned) and d != "geo.readers.FORMATS"]
        assert not stray, f"{name_of(path)} imports {stray}; ask through pages/_shared/data"


def test_every_cache_stands_in_data() -> None:
    users = {name_of(p) for p in ALL if "st.cache_" in p.read_text(encoding="utf-8")}
    assert users
    assert {user.rsplit("/", 1)[0] for user in users} == {"pages/_shared/data"}


def test_each_page_asks_for_the_frame_first() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        first = next(n for n in body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call))
        assert ast.unparse(first) == "frame.require()", f"{name_of(path)} runs something before frame.require()"


def test_no_page_answers_at_its_file_name() -> None:
    """A direct link to /NAME would run pages/NAME.py without the frame until app.py has run."""
    addresses = {
        keyword.value.value
        for node in ast.walk(ast.parse((ROOT / "app.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"
        for keyword in node.keywords
        if keyword.arg == "url_path" and isinstance(keyword.value, ast.Constant)
    }
    files = {path.stem for path in (ROOT / "pages").glob("*.py")}
    assert len(addresses) == len(files)
    assert not addresses & files


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_sizes_stay_readable(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    is_page = path.parent == ROOT / "pages"
    assert lines <= (MAX_PAGE_LINES if is_page else MAX_MODULE_LINES)
    for function in functions_of(path):
        doc = ast.get_docstring(function, clean=False) or ""
        length = (function.end_lineno or 0) - function.lineno - doc.count("\n")
        assert length <= MAX_FUNCTION_LINES, f"{name_of(path)}:{function.name} has {length} lines"
        arguments = function.args
        count = len([a for a in arguments.args + arguments.kwonlyargs + arguments.posonlyargs if a.arg != "self"])
        assert count <= MAX_PARAMETERS, f"{name_of(path)}:{function.name} takes {count} parameters"


def test_nothing_speaks_of_a_safe_route() -> None:
    for path in ALL:
        text = path.read_text(encoding="utf-8").lower()
        for phrase in ("safe route", "safe road", "safest", "route is safe", "safer"):
            assert phrase not in text, f"{name_of(path)} says {phrase!r}"
