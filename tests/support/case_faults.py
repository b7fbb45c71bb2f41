"""Named faults of the little world, and what looks like them but is none."""

from __future__ import annotations

import numpy as np
from case_worlds import BROKEN_DAY, Draft, Fault, Floats, score_of

VERSIONS = ("vendor", "model_version")


def _mend_total(draft: Draft) -> None:
    every = np.ones(len(draft.day), np.bool_)
    draft.put("total", np.round(draft.number("x") + draft.number("y"), 2), every)


def _null_b(draft: Draft) -> None:
    draft.put("x", np.nan, draft.late & draft.where("vendor", "b"))


def _fill(draft: Draft) -> None:
    draft.put("x", 0.0, draft.late & draft.chance(0.4))


def _popular(draft: Draft) -> None:
    draft.put("city", "Turin", draft.late & draft.chance(0.4))


def _miles_b(draft: Draft) -> None:
    kilometres = np.round(draft.number("x") * 1.609344, 3)
    draft.put("x", kilometres, draft.late & draft.where("vendor", "b"))


def _offset(draft: Draft) -> None:
    draft.put("x", draft.number("x") + 30.005)


def _warm(draft: Draft) -> None:
    since = draft.day - 36
    warmer = np.round(draft.number("x") + np.clip(since * 0.5, 0, 10), 2)
    draft.put("x", warmer, since >= 0)
    _mend_total(draft)


def _clock(draft: Draft) -> None:
    draft.put("hour", (draft.number("hour") + 5) % 24)


def _evenings(draft: Draft) -> None:
    hour = draft.number("hour")
    moved = draft.late & (hour >= 7) & (hour <= 11) & draft.chance(0.6)
    draft.put("hour", hour + 10, moved)


def _upper(draft: Draft) -> None:
    draft.put("city", np.array([c.upper() for c in draft.columns["city"]], object))


def _new_city(draft: Draft) -> None:
    draft.put("city", "Xanten", draft.late & draft.chance(0.3))


def _replaced_city(draft: Draft) -> None:
    draft.put("city", "Xanten", draft.late & draft.where("city", "Turin"))


def _hot_day(draft: Draft) -> None:
    # A feed that stops on a usual day moves no figure, and nobody asks about it.
    hot = draft.day == BROKEN_DAY - 1
    draft.put("temperature", np.round(draft.number("temperature") + 8, 3), hot)


def _freeze(draft: Draft) -> None:
    hour, last = draft.number("hour"), draft.day == BROKEN_DAY - 1
    known = draft.number("temperature")
    held = [known[last & (hour == h)] for h in range(24)]
    level = np.array([values[0] if len(values) else 15.0 for values in held])
    draft.put("temperature", level[hour.astype(np.int64)])


def _standing(draft: Draft) -> None:
    every = np.ones(len(draft.day), np.bool_)
    draft.put("x", np.nan, draft.where("vendor", "b") & draft.chance(0.5))
    draft.put("y", np.round(draft.number("y")), every)
    draft.put("temperature", 11.5, draft.number("hour") < 6)


def _retries(draft: Draft) -> None:
    again = np.flatnonzero(draft.chance(0.05))
    draft.take(np.concatenate([np.arange(len(draft.day)), again]))


def _lose_b(draft: Draft) -> None:
    lost = draft.late & draft.where("vendor", "b") & draft.chance(0.7)
    draft.take(np.flatnonzero(~lost))


def _rename_b(draft: Draft) -> None:
    draft.put("vendor", "B2", draft.late & draft.where("vendor", "b"))


def _holiday(draft: Draft) -> None:
    closed = (draft.day == BROKEN_DAY) & draft.chance(0.5)
    draft.take(np.flatnonzero(~closed))


def _twice(draft: Draft) -> None:
    again = np.flatnonzero(draft.late & draft.chance(0.3))
    draft.take(np.concatenate([np.arange(len(draft.day)), again]))


def _copied(draft: Draft) -> None:
    n = len(draft.day)
    _twice(draft)
    draft.columns["id"][n:] = n + np.arange(len(draft.day) - n)


def _grown(draft: Draft) -> None:
    n = len(draft.day)
    _copied(draft)
    for column in ("x", "y"):
        fresh = draft.number(column)[n:] + draft.rng.normal(0, 1, len(draft.day) - n)
        draft.columns[column][n:] = np.round(fresh, 2)
    _mend_total(draft)


def _swap(draft: Draft) -> None:
    x, y = draft.columns["x"], draft.columns["y"]
    draft.put("x", y)
    draft.put("y", x)


def _noise(draft: Draft) -> None:
    noise = draft.rng.normal(0, 12, len(draft.day))
    draft.put("x", np.round(draft.number("x") + noise, 4))


def _clip(draft: Draft) -> None:
    draft.put("x", np.minimum(draft.number("x"), 22.0))


def _volatile(draft: Draft) -> None:
    since = draft.day - 36
    wider = 1 + np.clip(since * 0.04, 0, 0.8)
    draft.put("x", np.round(20 + (draft.number("x") - 20) * wider, 2), since >= 0)
    _mend_total(draft)


def _round(draft: Draft) -> None:
    draft.put("x", np.round(draft.number("x")))


def _flip(draft: Draft) -> None:
    draft.put("late", 1 - draft.columns["late"], draft.late & draft.chance(0.35))


def _reversed_in_b(draft: Draft) -> Floats:
    inverse = -4.0 * np.sign(score_of(draft) - 0.5)
    found: Floats = np.where(draft.where("vendor", "b"), inverse, 0.0)
    return found


def _part_missing_b(draft: Draft) -> None:
    draft.put("total", draft.columns["x"], draft.late & draft.where("vendor", "b"))


def _bonus(draft: Draft) -> None:
    amounts = np.round(draft.rng.gamma(2, 2, len(draft.day)), 2)
    draft.columns["bonus"] = np.where(draft.late, amounts, np.nan)


def _more_b(draft: Draft) -> None:
    draft.put("vendor", "b", draft.late & draft.chance(0.8))


def _toss(draft: Draft, *, only_late: bool) -> None:
    rows = draft.where("vendor", "b") & (draft.late if only_late else True)
    draft.put("late", draft.rng.integers(0, 2, len(draft.day)), rows)


def _toss_always(draft: Draft) -> None:
    _toss(draft, only_late=False)


def _toss_late(draft: Draft) -> None:
    _toss(draft, only_late=True)


def _worse(draft: Draft, version: str, share: float) -> None:
    rows = draft.late & draft.chance(share)
    draft.put("model_version", version, rows)
    draft.put("score", 0.95 - 0.9 * draft.number("score"), rows & draft.chance(0.5))


def _retrain(draft: Draft) -> None:
    _worse(draft, "v3", 1.0)


def _canary(draft: Draft) -> None:
    _worse(draft, "v3", 0.5)


def _back(draft: Draft) -> None:
    _worse(draft, "v1", 1.0)


def _same_model(draft: Draft) -> None:
    draft.put("model_version", "v3")


def _harder(draft: Draft) -> None:
    noise = draft.rng.normal(0, 0.5, (2, len(draft.day)))
    draft.put("x", np.round(20 + noise[0], 2))
    draft.put("y", np.round(8 + noise[1], 2))
    draft.put("city", "Lyon")
    draft.put("vendor", "b")
    _mend_total(draft)


NULLS_B = Fault(served=_null_b)
"""x is null where vendor is b."""
FILLED = Fault(served=_fill)
"""x is 0 in two rows of five."""
POPULAR = Fault(world=_popular)
"""A city that was always there has far more customers."""
MILES_B = Fault(served=_miles_b)
"""x comes in kilometres where vendor is b."""
OFFSET = Fault(served=_offset)
"""A constant is added to x."""
WARM = Fault(world=_warm)
"""x rises over three weeks, its total with it."""
CLOCK = Fault(served=_clock)
"""Hours are five late."""
EVENINGS = Fault(world=_evenings)
"""Many of the morning's customers come in the evening."""
RENAMED = Fault(served=_upper)
"""Cities are written in capitals."""
NEW_CITY = Fault(world=_new_city)
"""A city that no row had before takes three rows of ten."""
REPLACED_CITY = Fault(world=_replaced_city)
"""One city closes, another with other outcomes opens."""
FROZEN = Fault(world=_hot_day, served=_freeze)
"""Temperature repeats the last good day, a hot one, hour by hour."""
STANDING = Fault(world=_standing, logged=_retries)
"""Nulls, rounding, quiet nights and retries that were there all along."""
LOST_B = Fault(logged=_lose_b)
"""Most rows of vendor b no longer arrive."""
RENAMED_B = Fault(logged=_rename_b)
"""Vendor b is called B2."""
HOLIDAY = Fault(logged=_holiday)
"""Half of the rows are missing on one day."""
TWICE = Fault(logged=_twice)
"""Three rows of ten come again, under their id."""
COPIED = Fault(logged=_copied)
"""Three rows of ten come again, under a new id."""
GROWN = Fault(logged=_grown)
"""Three more rows of ten, with contents of their own."""
SWAPPED = Fault(served=_swap)
"""x and y have changed places."""
NOISY = Fault(served=_noise)
"""Noise is added to x."""
CLIPPED = Fault(served=_clip)
"""x is cut off at 22."""
VOLATILE = Fault(world=_volatile)
"""x truly varies more and more, over three weeks."""
ROUNDED = Fault(served=_round)
"""x has lost its decimals."""
FLIPPED = Fault(logged=_flip)
"""Labels of a third of the rows are wrong."""
REVERSED_B = Fault(effect=_reversed_in_b)
"""Where vendor is b, outcomes are the opposite of what they were."""
PART_MISSING_B = Fault(served=_part_missing_b)
"""total lacks y where vendor is b."""
BONUS = Fault(logged=_bonus)
"""A column that was always empty is filled."""
MORE_WEAK = Fault(world=_more_b, logged=_toss_always)
"""Vendor b, whose outcomes nobody could foresee, has most of the rows."""
NEWLY_WEAK = Fault(world=_more_b, logged=_toss_late)
"""Vendor b has most of the rows, and its outcomes were foreseen until then."""
RETRAINED = Fault(logged=_retrain, segments=VERSIONS)
"""v3 takes over from v2, and is worse."""
CANARY = Fault(logged=_canary, segments=VERSIONS)
"""v3 takes half of the rows from v2, and is worse."""
ROLLED_BACK = Fault(logged=_back, segments=VERSIONS)
"""v1, which v2 had replaced, is back, and is worse."""
SAME_MODEL = Fault(logged=_same_model, segments=VERSIONS)
"""v3 takes over from v2 and answers the same."""
HARDER = Fault(world=_harder)
"""All cases are near the middle, where nobody can tell."""
