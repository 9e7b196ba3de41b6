"""How sure a share is: intervals and the chance that the leading actor leads, in closed form.

Evidence is weighted, so its pieces are not counted but weighed: ``(sum w)² / sum w²`` pieces of equal weight would
say as much (Kish 1965, Survey Sampling, section 8.2). A share of so many pieces has the posterior of a proportion
under Jeffreys' prior (Brown, Cai and DasGupta 2001, Statistical Science 16, 101-133; with an effective number Dean
and Pagano 2015, Journal of Survey Statistics and Methodology 3, 484-503). One report alone never makes a sure leader,
which a bootstrap over one report would claim.

Pieces are taken as independent. Reports that copy each other make intervals too narrow; that cannot be seen here.
"""

import numpy as np

from geo.crs import FloatArray
from geo.errors import RequestError

_PRIOR = 0.5  # Jeffreys


def effective_reports(weight: FloatArray, squares: FloatArray) -> FloatArray:
    """Number of pieces of equal weight that say as much as the given ones; 0 where there is none.

    Parameters
    ----------
    weight, squares
        Sum of the weights and of their squares, not negative, each of shape ``(n,)``.
    """
    some = squares > 0
    return np.where(some, weight**2 / np.where(some, squares, 1.0), 0.0)


def share_interval(share: FloatArray, effective: FloatArray, *, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper end of each share's interval.

    Parameters
    ----------
    share
        Out of 1, shape ``(n,)``.
    effective
        Pieces of evidence behind the whole of which it is a share, as :func:`effective_reports` counts them.
    level
        Chance that the interval holds the share, between 0 and 1 exclusive.

    Returns
    -------
    low, high
        Shape ``(n,)``, ``low <= share <= high``; 0 and 1 where there is no evidence. An interval of a share of 0
        begins at 0, one of a share of 1 ends at 1.

    Raises
    ------
    RequestError
        When the level is not between 0 and 1.
    """
    from scipy.special import betaincinv  # noqa: PLC0415 (0.1 s that the first map does without)

    if not 0.0 < level < 1.0:
        raise RequestError(f"an interval of level {level:g} cannot be given; choose one between 0 and 1, like 0.9")
    own, others = share * effective + _PRIOR, (1.0 - share) * effective + _PRIOR
    tail = (1.0 - level) / 2
    low, high = betaincinv(own, others, tail), betaincinv(own, others, 1.0 - tail)
    none = effective <= 0
    return (
        np.where(none, 0.0, np.minimum(np.where(share <= 0, 0.0, low), share)),
        np.where(none, 1.0, np.maximum(np.where(share >= 1, 1.0, high), share)),
    )


def lead_chance(first: FloatArray, second: FloatArray, squares: FloatArray) -> FloatArray:
    """Return the chance that the first of two actors leads the second.

    Parameters
    ----------
    first, second
        Summed weights of the two in a place, ``first >= second >= 0``, each of shape ``(n,)``.
    squares
        Sum of the squared weights of both.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``; 0.5 for equal weights or none, towards 1 the more evidence says the same.
    """
    from scipy.special import betainc  # noqa: PLC0415 (0.1 s that the first map does without)

    both = first + second
    effective = effective_reports(both, squares)
    share = np.where(both > 0, first / np.where(both > 0, both, 1.0), 0.5)
    return np.asarray(1.0 - betainc(share * effective + _PRIOR, (1.0 - share) * effective + _PRIOR, 0.5))
