"""A scenario of a drawdown as one file, TOML or JSON: phases with their measures, bases kept, closures forced.

``data/forms/scenario.toml`` is an example of all of it. The file becomes a row of ``scenarios`` and rows of
``measures``, under the same contracts as what is kept in the workspace.
"""

import datetime as dt
import json
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

from geo.errors import ImportRefusedError
from geo.schema import MEASURES, SCENARIOS

_LARGEST_BYTES = 1_000_000
_OF_SCENARIO = ("scenario_id", "name", "note", "keep", "phases", "forced")
_OF_PHASE = ("name", "begins_on", "measures")
_OF_FORCED = ("base_id", "closes_on")
_OF_MEASURE = tuple(
    name
    for name in MEASURES.column_names
    if name not in ("measure_id", "scenario_id", "phase", "phase_name", "begins_on")
)
_SEVERAL = ("leaves", "gives")  # columns that hold lists
_SHOWN_SIGNS = 60
_OF_WHOLE = ("keep", "force_close")  # kinds that stand beside the phases


def read_scenario(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a scenario.

    Returns
    -------
    scenarios, measures
        One row, and a row for each measure in the order written; tables under the contracts of those names.

    Raises
    ------
    ImportRefusedError
        When the file is neither TOML nor JSON, or holds what no scenario has; one sentence.
    """
    told = _document(path)
    _check_keys(told, _OF_SCENARIO, path.name, "the scenario")
    _check_values(told, ("scenario_id", "name", "note"), path.name, "the scenario")
    identity = str(told.get("scenario_id") or path.stem)
    rows: list[dict[str, Any]] = []
    spoken: list[str] = []
    for number, phase in enumerate(_tables(told, "phases", path.name), start=1):
        _check_keys(phase, _OF_PHASE, path.name, f"phase {number}")
        _check_values(phase, ("name",), path.name, f"phase {number}")
        if not isinstance(phase.get("begins_on"), dt.date | str):
            raise ImportRefusedError(f"{path.name}: phase {number} has no begins_on; write a day like 2027-03-31")
        measures = _tables(phase, "measures", path.name)
        if not measures:
            raise ImportRefusedError(f"{path.name}: phase {number} has no measure; give it one or take it out")
        for order, measure in enumerate(measures, start=1):
            spoken.append(f"measure {order} of phase {number}")
            _check_keys(measure, _OF_MEASURE, path.name, spoken[-1])
            _check_values(measure, _OF_MEASURE, path.name, spoken[-1])
            if measure.get("kind") in _OF_WHOLE:
                raise ImportRefusedError(
                    f"{path.name}: {measure['kind']} holds for the whole scenario; write it beside the phases"
                )
            rows.append({**measure, "phase": number, "phase_name": phase.get("name"), "begins_on": phase["begins_on"]})
    for number, closure in enumerate(_tables(told, "forced", path.name), start=1):
        _check_keys(closure, _OF_FORCED, path.name, f"forced closure {number}")
        _check_values(closure, _OF_FORCED, path.name, f"forced closure {number}")
        rows.append({"kind": "force_close", "base_id": closure.get("base_id"), "begins_on": closure.get("closes_on")})
        spoken.append(f"forced closure {number}")
    for base in _list_of(told.get("keep", []), "keep", path.name):
        rows.append({"kind": "keep", "base_id": base})
        spoken.append(f"keep {_shown(base)}")
        _check_values({"base": base}, ("base",), path.name, "keep")
    scenario = {"scenario_id": identity, "name": told.get("name"), "note": told.get("note")}
    return _checked(path, scenario, rows, spoken)


def _checked(
    path: Path, scenario: dict[str, Any], rows: list[dict[str, Any]], spoken: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both tables under their contracts; the first fault refuses the file."""
    one = SCENARIOS.check(pd.DataFrame([scenario], index=[1], columns=SCENARIOS.column_names, dtype=object))
    index = range(1, len(rows) + 1)
    identity = scenario["scenario_id"]
    named = [
        {**row, "scenario_id": identity, "measure_id": f"{identity}-{number}"}
        for number, row in zip(index, rows, strict=True)
    ]
    cells = [{name: _cell(value) for name, value in row.items()} for row in named]
    many = MEASURES.check(pd.DataFrame(cells, index=index, columns=MEASURES.column_names, dtype=object))
    for rejects, names in ((one.rejects, ["the scenario"]), (many.rejects, spoken)):
        if len(rejects):
            fault = rejects.iloc[0]
            value = f" {_shown(fault['value'])}" if fault["value"] else ""
            more = f" (and {len(rejects) - 1} more)" if len(rejects) > 1 else ""
            raise ImportRefusedError(
                f"{path.name}: {names[int(fault['line']) - 1]}: {fault['column']}{value}: {fault['reason']}{more}"
            )
    return one.frame, many.frame


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ImportRefusedError(f"{path.name} is larger than a scenario can be; nothing was read")
        text = path.read_text(encoding="utf-8-sig")
        told = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ImportRefusedError(f"cannot read {path.name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ImportRefusedError(
            f"{path.name} is neither TOML nor JSON: {error}; start from data/forms/scenario.toml"
        ) from error
    if not isinstance(told, dict):
        raise ImportRefusedError(f"{path.name} holds no scenario; start from data/forms/scenario.toml")
    return told


def _check_keys(told: dict[str, Any], known: tuple[str, ...], file_name: str, spoken: str) -> None:
    unknown = [str(key) for key in told if key not in known]
    if unknown:
        raise ImportRefusedError(
            f"{file_name}: {spoken} has {', '.join(map(repr, unknown))}, which nobody knows; use {', '.join(known)}"
        )


def _check_values(told: dict[str, Any], keys: tuple[str, ...], file_name: str, spoken: str) -> None:
    """Refuse a list or table where one value stands; as text it would pass for a name."""
    for key in keys:
        value = told.get(key)
        held = value if isinstance(value, list) and key in _SEVERAL else [value]
        if any(isinstance(one, list | dict) for one in held):
            one = "words, one each" if key in _SEVERAL else "one value"
            raise ImportRefusedError(
                f"{file_name}: {spoken}: {key} {_shown(value)} is not {one}; write text or a number"
            )


def _shown(value: Any) -> str:
    """A value as a refusal shows it: its beginning, where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN_SIGNS else f"{text[:_SHOWN_SIGNS]}…"


def _tables(told: dict[str, Any], key: str, file_name: str) -> list[dict[str, Any]]:
    found = _list_of(told.get(key, []), key, file_name)
    if any(not isinstance(one, dict) for one in found):
        raise ImportRefusedError(f"{file_name}: {key} is no list of tables; see data/forms/scenario.toml")
    return found


def _list_of(value: Any, key: str, file_name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ImportRefusedError(f"{file_name}: {key} is no list; see data/forms/scenario.toml")
    return value


def _cell(value: Any) -> Any:
    """A value as a table's cell holds it: lists separated by ``;``, days as text."""
    if isinstance(value, list):
        return ";".join(map(str, value))
    return value.isoformat() if isinstance(value, dt.date) else value
