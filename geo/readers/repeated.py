"""Columns whose few values stand in many rows: each distinct value is worked on once, the rows only point at it."""

from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt
import pandas as pd


def categories_of(frame: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Return the frame with the named columns as categories; those it does not have are passed over."""
    return frame.astype({name: "category" for name in frame.columns if name in names})


def each_value(values: pd.Series, change: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Apply a change of text to each distinct value once.

    Parameters
    ----------
    values
        Text or categories of text. Not changed.
    change
        Takes distinct values as text ("string"), gives as many, missing ones allowed.

    Returns
    -------
    pandas.Series
        Categories of text, aligned with ``values``; missing stays missing.
    """
    codes, distinct = _coded(values)
    return laid_out(change(distinct), codes, values.index)


def flag_each(values: pd.Series, test: Callable[[pd.Series], pd.Series]) -> npt.NDArray[np.bool_]:
    """Answer a yes-or-no question about each distinct value once; missing answers and values count as no."""
    codes, distinct = _coded(values)
    answers = test(distinct).fillna(value=False).to_numpy(dtype=bool)
    return np.append(answers, False)[codes]


def laid_out(distinct: pd.Series, codes: npt.NDArray[np.int64], index: pd.Index) -> pd.Series:
    """Lay distinct texts out over rows as categories; code -1 and missing texts are missing."""
    place, words = pd.factorize(distinct.astype("str"))
    shown = np.append(place, -1)[codes]
    return pd.Series(pd.Categorical.from_codes(shown, categories=pd.Index(words)), index=index)


def text_of_column(frame: pd.DataFrame, name: str) -> pd.Series:
    """One column without outer blanks; empty and absent cells are missing."""
    if name not in frame.columns:
        return pd.Series(pd.Categorical([None] * len(frame), categories=pd.Index([], dtype="str")), index=frame.index)
    return each_value(frame[name], _stripped)


def _stripped(text: pd.Series) -> pd.Series:
    bare = text.str.strip()
    return bare.mask(bare == "")


def _coded(values: pd.Series) -> tuple[npt.NDArray[np.int64], pd.Series]:
    """Position of each row's value among the distinct ones (-1 = missing), and those as text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes, dtype=np.int64), pd.Series(values.cat.categories, dtype="string")
    codes, distinct = pd.factorize(values)
    return np.asarray(codes, dtype=np.int64), pd.Series(distinct, dtype="string")
