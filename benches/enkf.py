"""The filter of one place, as somebody at home in NumPy would write it: whole ensembles at once.

Reads a line of JSON with the settings and the counts; then, for each line that it gets, follows
the place through all its days and writes how long that took, in seconds, and the medians of the
reproduction number at the end of each day.
"""

import json
import sys
import time

import numpy as np

STEPS = 10
STEP = 1 / STEPS


def logistic(x):
    return 1 / (1 + np.exp(-x))


def factors(counts, index):
    """The weekday's factor of the day at `index`, from the eight weeks before it."""
    back = np.arange(1, min(56, index) + 1)
    weekday = (7 - back % 7) % 7
    days = np.bincount(weekday, minlength=7)
    weeks = days.min()
    if weeks < 3:
        return 1.0
    cases = np.bincount(weekday, weights=counts[index - back], minlength=7)
    week = cases / days * weeks + 1
    return max(week[0] / week.mean(), 0.02)


def advance(x, walk, settings, leaving):
    """Moves members x 4 variables on by a day: the new cases of each, as a share."""
    s, e, i = logistic(x[:, 0]), np.exp(x[:, 1]), np.exp(x[:, 2])
    r_t = np.exp(x[:, 3]) * s * settings["infectious_days"]
    x[:, 3] += settings["walk"] * walk[:, 0] - settings["damping"] * np.log(r_t)
    x[:, 0] += settings["susceptible_walk"] * walk[:, 1]
    s, beta = logistic(x[:, 0]), np.exp(x[:, 3])
    r = logistic(-x[:, 0]) - e - i
    leave_e, leave_i, leave_r = leaving
    new = np.zeros(len(x))
    for _ in range(STEPS):
        waning = np.maximum(r, 0) * leave_r
        recovering = i * leave_i
        before = e * leave_e
        r = r - waning + recovering
        s = s + waning
        i = i - recovering + before
        e = e - before
        hazard = STEP * beta * i
        infected = s * (12 * hazard / (12 + hazard * (6 + hazard)))
        s = s - infected
        e = e + infected
        after = e * leave_e
        e = e - after
        i = i + after
        recovering = i * leave_i
        i = i - recovering
        r = r + recovering
        waning = np.maximum(r, 0) * leave_r
        r = r - waning
        s = s + waning
        new += before + after
    x[:, 0] = np.log(s / (e + i + r))
    x[:, 1] = np.log(e)
    x[:, 2] = np.log(i)
    return new


def assimilate(x, new, count, cases, factor, settings):
    """The square-root filter for one observation, and relaxation to prior spread."""
    variance = 1 / (count + settings["error_floor"]) + 1 / settings["day_overdispersion"]
    root = np.sqrt(variance)
    predicted = np.log1p(new * cases * factor) / root
    prior = x.std(axis=0, ddof=1)
    mean = predicted.mean()
    deviation = predicted - mean
    squares = deviation @ deviation
    spread = squares / (len(x) - 1)
    shift = spread / (spread + 1) * (np.log1p(count) / root - mean)
    increment = shift + (np.sqrt(1 / (spread + 1)) - 1) * deviation
    x += np.outer(increment, deviation @ x / squares)
    mean = x.mean(axis=0)
    spread = x.std(axis=0, ddof=1)
    x += settings["relaxation"] * (prior - spread) / spread * (x - mean)


def follow(counts, baseline, settings, population, rng):
    stages = ["latent_days", "infectious_days", "immunity_days"]
    leaving = [1 - np.exp(-STEP / 2 / settings[stage]) for stage in stages]
    cases = population * settings["reporting"]
    x = baseline.copy()
    share = counts[0] / cases
    x[:, 1] += np.log(share * settings["latent_days"]) - x[:, 1].mean()
    x[:, 2] += np.log(share * settings["infectious_days"]) - x[:, 2].mean()
    medians = []
    for index, count in enumerate(counts):
        walk = rng.standard_normal((len(x), 2))
        new = advance(x, walk, settings, leaving)
        assimilate(x, new, count, cases, factors(counts, index), settings)
        r_t = np.exp(x[:, 3]) * logistic(x[:, 0]) * settings["infectious_days"]
        medians.append(np.quantile(r_t, [0.025, 0.25, 0.5, 0.75, 0.975])[2])
    return medians


def main():
    given = json.loads(sys.stdin.readline())
    counts = np.array(given["counts"], dtype=float)
    baseline = np.array(given["baseline"])
    rng = np.random.default_rng(1)
    for _ in sys.stdin:
        started = time.perf_counter()
        medians = follow(counts, baseline, given["settings"], given["population"], rng)
        took = time.perf_counter() - started
        print(json.dumps({"seconds": took, "medians": medians}), flush=True)


main()
