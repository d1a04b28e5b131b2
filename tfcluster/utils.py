"""Checks and small helpers that every part uses."""

import difflib
import hashlib

import numpy as np

__all__ = [
    "as_tuple",
    "check_choice",
    "check_count",
    "check_not_negative",
    "check_seed",
    "check_share",
    "counted",
    "derive_seeds",
    "digest_of_rows",
    "nearest_names",
]

_CHUNK_BYTES = 2**26


def as_tuple(value):
    """A tuple of the value: None stays None, a single string or number becomes a tuple of one."""
    if value is None:
        return None
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def counted(number, noun):
    """A number with its noun: `1 run`, `2 runs`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def nearest_names(name, known):
    """A sentence part that names what `name` may have meant, and everything that is known."""
    hint = _hint(name, known)
    return f"{hint}{' ' if hint else ''}known: {', '.join(str(choice) for choice in known)}"


def _hint(name, known):
    close = difflib.get_close_matches(str(name).lower(), [str(choice) for choice in known], n=2, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else ""


def check_choice(argument, value, choices):
    """Raise a `ValueError` unless `value` is one of `choices`."""
    if value not in choices:
        hint = _hint(value, choices)
        known = ", ".join(map(str, choices))
        raise ValueError(
            f"`{argument}` must be one of {known}{'; ' if hint else '. '}{hint}{' ' if hint else ''}Received: {value!r}"
        )


def check_count(argument, value, least=1):
    """Raise a `ValueError` unless `value` is an integer of at least `least`."""
    if not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"`{argument}` must be an integer of at least {least}. Received: {value!r}")


def check_seed(seed):
    """Raise a `ValueError` unless `seed` is an integer from 0 to 2**31 - 1, as TensorFlow's are."""
    check_count("seed", seed, 0)
    if seed >= 2**31:
        raise ValueError(f"`seed` must be below 2**31. Received: {seed}")


def check_share(argument, value):
    """Raise a `ValueError` unless `value` is in [0, 1)."""
    if not 0.0 <= value < 1.0:
        raise ValueError(f"`{argument}` must be at least 0 and below 1. Received: {value!r}")


def check_not_negative(argument, value):
    """Raise a `ValueError` unless `value` is at least 0."""
    if not value >= 0.0:
        raise ValueError(f"`{argument}` must be at least 0. Received: {value!r}")


def derive_seeds(seed, count):
    """`count` independent non-negative int32 seeds that follow from `seed`."""
    return [int(word >> 1) for word in np.random.SeedSequence(seed).generate_state(count)]


def digest_of_rows(rows):
    """SHA-256 of the bytes of an array, or of what reads one, some rows at a time."""
    digest = hashlib.sha256()
    step = max(1, _CHUNK_BYTES * len(rows) // max(rows.nbytes, 1))
    for start in range(0, len(rows), step):
        digest.update(np.ascontiguousarray(rows[start : start + step]).reshape(-1).view(np.uint8))
    return digest
