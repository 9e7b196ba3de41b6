"""Our own templates (``data/forms``): CSV or XLSX whose header names the columns of a contract.

Header names match whatever their case and the blanks around them; their order does not matter. A row of HXL tags
under the header is optional. Columns the contract does not know are left out and named in the provenance. In a
file separated by semicolons, as French and German spreadsheets write it, and in the text cells of a workbook,
numbers may have a decimal comma.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from geo.contracts import Contract, faults
from geo.errors import ImportRefusedError
from geo.readers.countries import alpha3_of_names, check_country, of_other_countries
from geo.readers.crosswalk import with_basis
from geo.readers.reading import Reading, provenance_of, settle
from geo.readers.text_table import TextTable, read_text_table
from geo.readers.workbook import is_workbook, read_workbook
from geo.schema import TABLES

READER_VERSION = "1"
_DECIMAL_COMMA = r"^\s*([+-]?\d+),(\d+)\s*$"
_THREE_LETTERS = r"^[A-Za-z]{3}$"
# HXL hashtags (hxlstandard.org, 1.1) of the blank templates; a column not named here is an attribute of #meta.
HXL_TAGS = {
    "longitude": "#geo+lon",
    "latitude": "#geo+lat",
    "country": "#country+code+v_iso3",
    "name": "#loc+name",
    "p_code": "#loc+code",
    "people": "#population",
    "organisation": "#org+name",
    "organisation_type": "#org+type",
    "admin1": "#adm1+name",
    "admin2": "#adm2+name",
    "place": "#loc+name",
    "date_start": "#date+start",
    "date_end": "#date+end",
    "valid_from": "#date+start",
    "valid_to": "#date+end",
    "observed_on": "#date+observed",
    "reported_on": "#date+reported",
    "alerted_on": "#date+alerted",
    "event_type": "#event+type",
    "violation": "#event+violation",
    "status": "#status",
    "source": "#meta+source",
    "fatalities_low": "#affected+killed+min",
    "fatalities_best": "#affected+killed",
    "fatalities_high": "#affected+killed+max",
    "victims_girls": "#affected+f+children",
    "victims_boys": "#affected+m+children",
    "victims_unknown": "#affected+children",
    "girls": "#affected+f+children",
    "boys": "#affected+m+children",
    "sex_unknown": "#affected+children",
}

# Where the same column means another thing.
_HXL_TAGS_OF = {
    ("actors", "name"): "#group+name",
    ("partners", "name"): "#org+name",
    ("scenarios", "name"): "#meta+name",
}


def read_template(path: Path, *, table: str, country: str | None = None) -> Reading:
    """Read one filled-in template.

    Parameters
    ----------
    table
        Name of the table, e.g. ``bases``.
    country
        ISO alpha-3 code: fills an empty country, and rows that name another are rejected with that reason. In a
        table without the column ``country`` it has no effect, which a note says.

    Raises
    ------
    ImportRefusedError
        When the file as a whole cannot be taken in or lacks a required column.
    """
    contract = TABLES[table]
    wanted_country = check_country(country)
    provenance = provenance_of(path, format_name=table, reader_version=READER_VERSION)
    found = _read_table(path, contract)
    _check_columns(found, contract)
    raw, notes = _with_decimal_points(found, contract)
    doubts, others = faults(), faults()
    if "country" in contract.column_names:
        raw, doubts = _with_country(raw, wanted_country)
        others = of_other_countries(raw["country"], wanted_country)
    elif wanted_country is not None:
        notes += (f"table {table} has no column country; {wanted_country} was not used",)
    if table == "incidents":
        raw = with_basis(raw)
    return settle(
        contract,
        raw,
        provenance=replace(
            provenance, encoding=found.encoding, notes=(*found.notes, *notes, *_left_out(found, contract))
        ),
        rejects=[found.rejects, others],
        flags=[found.flags, doubts],
    )


def _read_table(path: Path, contract: Contract) -> TextTable:
    """Read text, or the sheet of a workbook that has the required columns."""
    wanted = [*contract.column_names, *contract.former_names]
    if is_workbook(path):
        needed = [column.name for column in contract.columns if column.required]
        return _as_named_now(read_workbook(path, wanted=wanted, needed=needed), contract)
    return _as_named_now(read_text_table(path, wanted=wanted), contract)


def _as_named_now(found: TextTable, contract: Contract) -> TextTable:
    """Give columns of a template from before a rename the names they have now; one beside its new name is left out."""
    present = set(found.columns)
    names = {was: now for was, now in contract.former_names.items() if was in present and now not in present}
    extra = [was for was in contract.former_names if was in present and was not in names]
    return replace(
        found,
        columns=tuple(names.get(name, name) for name in found.columns),
        frame=found.frame.drop(columns=extra).rename(columns=names),
    )


def blank_template(table: str) -> str:
    """Text of the blank template of a table: a header of the contract's columns and a row of HXL tags."""
    names = TABLES[table].column_names
    return ",".join(names) + "\n" + ",".join(_tag(table, name) for name in names) + "\n"


def _tag(table: str, name: str) -> str:
    return _HXL_TAGS_OF.get((table, name)) or HXL_TAGS.get(name, f"#meta+{name}")


def _check_columns(found: TextTable, contract: Contract) -> None:
    absent = [c.name for c in contract.columns if c.required and c.name not in found.columns]
    if absent:
        raise ImportRefusedError(
            f"{found.file_name} is not a {contract.name} template: it has no column {', '.join(absent)}; "
            f"start from data/forms/{contract.name}.csv"
        )


def _left_out(found: TextTable, contract: Contract) -> tuple[str, ...]:
    unknown = [name[:40] for name in found.columns if name not in contract.column_names]
    return (f"columns left out, unknown to table {contract.name}: {', '.join(unknown)}",) if unknown else ()


def _with_decimal_points(found: TextTable, contract: Contract) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read 4,36 as 4.36 where commas do not separate cells."""
    raw = found.frame
    if found.delimiter == ",":
        return raw, ()
    changed = 0
    for column in contract.columns:
        if column.kind != "number" or column.name not in raw.columns:
            continue
        comma = raw[column.name].str.match(_DECIMAL_COMMA)
        changed += int(comma.sum())
        raw = raw.assign(**{column.name: raw[column.name].str.replace(_DECIMAL_COMMA, r"\1.\2", regex=True)})
    return raw, (f"numbers read with a decimal comma: {changed}",) if changed else ()


def _with_country(raw: pd.DataFrame, wanted: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Country as three letters, empty ones filled; flags for what is neither a code nor a known name."""
    if "country" not in raw.columns:
        return raw.assign(country=pd.Series(wanted, index=raw.index, dtype="string")), faults()
    text = raw["country"].astype("string").str.strip()
    text = text.mask(text == "")
    # Codes of no real country pass: exercises and samples play in fictional ones.
    own_code = text.str.upper().where(text.str.match(_THREE_LETTERS).fillna(value=False))
    code = alpha3_of_names(text).fillna(own_code)
    unknown = text[text.notna() & code.isna()]
    flags = faults(
        (line, "country", name, "neither a three-letter code nor a known name") for line, name in unknown.items()
    )
    if wanted is not None:
        code = code.mask(text.isna(), wanted)
    return raw.assign(country=code), flags
