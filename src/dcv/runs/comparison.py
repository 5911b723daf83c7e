"""How a repeated run compares with the recorded one, given how much chance alone moves the results."""

import numpy as np


def prediction_interval(values, count=1, *, confidence=0.95):
    """Return where the mean of further results lies if they come from the same distribution as these.

    It is wider than the confidence interval of the mean: the new results vary as well.

    Parameters
    ----------
    values : sequence of float
        Earlier results, at least two, taken as normally distributed.
    count : int
        Of how many further results the mean is taken.
    confidence : float
        How often the interval is to be right, above 0 and below 1.

    Returns
    -------
    low, high : tuple of float
        In the unit of `values`.

    Raises
    ------
    ValueError
        If there are fewer than two values, since their spread is then unknown.

    Examples
    --------
    >>> low, high = prediction_interval([0.60, 0.62, 0.61, 0.63, 0.64])
    >>> f"{low:.3f} to {high:.3f}"
    '0.572 to 0.668'
    """
    if len(values) < 2:
        raise ValueError(f"at least two values are needed to tell how they spread; got {len(values)}")
    from scipy import stats

    deviation = np.std(values, ddof=1) * np.sqrt(1 / len(values) + 1 / count)
    reach = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * deviation
    return float(np.mean(values) - reach), float(np.mean(values) + reach)


def compare_results(repeated, recorded, *, confidence=0.95):
    """Return lines of text that hold repeated results against the recorded ones.

    Parameters
    ----------
    repeated, recorded : dict of sequence of float
        What was measured → its values in [0, 1], one for each seed.
    confidence : float
        As for `prediction_interval`.

    Returns
    -------
    list of str
        A line for each repeated result and, where any was recorded with several seeds, one that counts those
        inside their interval. Some outside are to be expected: 5 of 100 at a confidence of 0.95.

    Examples
    --------
    >>> for line in compare_results({"test": [0.61]}, {"test": [0.60, 0.62, 0.61]}):
    ...     print(line)
    test 0.6100, +0.00 points against the recorded 0.6100; expected from 0.5603 to 0.6597
    1 of 1 inside their 95% prediction intervals
    """
    lines, inside = [], []
    for which, values in repeated.items():
        mean = np.mean(values)
        line = f"{which} {mean:.4f}"
        if which in recorded:
            known = recorded[which]
            change = 100 * (mean - np.mean(known))
            line += f", {change:+.2f} points against the recorded {np.mean(known):.4f}"
            if len(known) > 1:
                low, high = prediction_interval(known, len(values), confidence=confidence)
                inside.append(low <= mean <= high)
                line += f"; expected from {low:.4f} to {high:.4f}" + ("" if inside[-1] else ": OUTSIDE")
        lines.append(line)
    if inside:
        lines.append(f"{sum(inside)} of {len(inside)} inside their {confidence:.0%} prediction intervals")
    return lines
