"""Towns where no site is recorded: somewhere people live is better than nowhere to reach."""

import pandas as pd


def towns_as_sites(places: pd.DataFrame, country: str | None) -> pd.DataFrame:
    """Return named settlements in the shape of sites, for a workspace that records no site.

    Parameters
    ----------
    places
        Table under the places contract. Not changed.
    country
        ISO 3166-1 alpha-3 code to keep; ``None`` keeps all.
    """
    is_town = places["kind"].isin(["city", "town"]) & places["name"].notna()
    towns = places.loc[is_town & ((places["country"] == country) if country else True)]
    return pd.DataFrame(
        {
            "site_id": "place:" + towns["place_id"].astype("string"),
            "name": towns["name"],
            "p_code": pd.Series(pd.NA, index=towns.index, dtype="string"),
            "kind": "town",
            "people": towns["population"],
            "country": towns["country"],
            "longitude": towns["longitude"],
            "latitude": towns["latitude"],
        }
    ).reset_index(drop=True)
