"""What a workspace holds already, for files whose rows speak of it: sites that requests name, and requests themselves.

A cell means a site only where it names it exactly, never the nearest or the most alike. A row never takes back what a
person has set in a request since it was first imported: such exports repeat all they ever held.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from geo.contracts import faults
from geo.readers.discreet import WITHHELD


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """Sites and requests as they are recorded."""

    sites: pd.DataFrame  # under its contract
    request_ids: frozenset[str] = frozenset()
    edited_ids: frozenset[str] = frozenset()  # of these, those whose newest version a person wrote

    @classmethod
    def of(cls, sites: pd.DataFrame, requests: pd.DataFrame) -> "Recorded":
        """Take both tables as a workspace gives them: an edit is no import."""
        ids = requests["request_id"]
        return cls(sites=sites, request_ids=frozenset(ids), edited_ids=frozenset(ids[requests["import_id"].isna()]))

    def edited(self, request_id: pd.Series) -> pd.DataFrame:
        """Rejects for rows about requests that a person has changed since."""
        changed = request_id.index[request_id.isin(list(self.edited_ids)).to_numpy(dtype=bool)]
        reason = "a person has changed this request since; change it with edit, or on its page"
        return faults((line, "request_id", request_id[line], reason) for line in changed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """Site of each row, and the rejects of rows that name none, or several."""

    site_id: pd.Series
    rejects: pd.DataFrame


def site_labels(sites: pd.DataFrame) -> pd.Series:
    """Name of each site as a form shows it; where several have one name, with the p-code, else the id."""
    name = sites["name"].astype("string")
    shared = name.str.casefold().duplicated(keep=False).to_numpy(dtype=bool)
    return name.mask(shared, name + " (" + sites["p_code"].fillna(sites["site_id"]).astype("string") + ")")


def match_sites(texts: pd.Series, sites: pd.DataFrame, *, countries: pd.Series | None = None) -> Matched:
    """Find the site that each text names by its id, p-code, label in our form or name.

    Capitals and blanks around do not count; every other sign does. What several sites share names none of them.

    Parameters
    ----------
    texts
        Cells as found; index = line. What they hold is never repeated in a reject.
    sites
        Table of sites. Not changed.
    countries
        Country of each row; a site of another one is not meant.

    """
    spellings = [sites["site_id"], sites["p_code"], site_labels(sites), sites["name"]]
    books = [_book(words, sites) for words in spellings]
    of_country = dict(zip(sites["site_id"], sites["country"].fillna(""), strict=True))
    asked = dict.fromkeys(texts.index, "") if countries is None else countries.fillna("").to_dict()
    found: dict[int, str] = {}
    wrong: list[tuple[object, str, object, str]] = []
    for line, text in texts.items():
        if pd.isna(text):
            wrong.append((line, "site_id", "", "no site is named"))
            continue
        ids = _named(str(text).strip().casefold(), books, of_country, asked[line])
        if len(ids) == 1:
            found[int(str(line))] = ids[0]
        else:
            reason = f"{len(ids)} sites are called so" if ids else "no recorded site has this id, p-code or name"
            wrong.append((line, "site_id", WITHHELD, f"{reason}; a site is never guessed"))
    site_id = pd.Series(found, dtype="string").reindex(texts.index)
    return Matched(site_id=site_id, rejects=faults(wrong))


def _book(words: pd.Series, sites: pd.DataFrame) -> dict[str, list[str]]:
    """Ids of the sites each spelling stands for."""
    told = pd.DataFrame({"word": words.astype("string").str.strip().str.casefold(), "site_id": sites["site_id"]})
    return {str(word): ids.tolist() for word, ids in told.dropna().groupby("word")["site_id"]}


def _named(word: str, books: list[dict[str, list[str]]], of_country: Mapping[str, str], country: str) -> list[str]:
    """Sites of the first way of naming that knows the word."""
    for book in books:
        ids = [one for one in book.get(word, []) if not country or of_country[one] in ("", country)]
        if ids:
            return ids
    return []
