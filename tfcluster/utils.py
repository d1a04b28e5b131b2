"""Checks and small helpers that every part uses."""

import difflib

import numpy as np

__all__ = ["as_tuple", "check_choice", "check_share", "derive_seeds", "nearest_names"]


def as_tuple(value):
    """A tuple of the value: None stays None, a single string or number becomes a tuple of one."""
    if value is None:
        return None
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def nearest_names(name, known):
    """A sentence part that names what `name` may have meant, and everything that is known."""
    close = difflib.get_close_matches(str(name), [str(choice) for choice in known], n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}known: {', '.join(str(choice) for choice in known)}"


def check_choice(argument, value, choices):
    """Raise a `ValueError` unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(
            f"`{argument}` must be one of {tuple(choices)}; {nearest_names(value, choices)}. Received: {value!r}"
        )


def check_share(argument, value):
    """Raise a `ValueError` unless `value` is in [0, 1)."""
    if not 0.0 <= value < 1.0:
        raise ValueError(f"`{argument}` must be at least 0 and below 1. Received: {value!r}")


def derive_seeds(seed, count):
    """`count` independent non-negative int32 seeds that follow from `seed`."""
    return [int(word >> 1) for word in np.random.SeedSequence(seed).generate_state(count)]
