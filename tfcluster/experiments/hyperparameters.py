"""Hyper-parameters of a model class, read from its signature and docstring."""

import ast
import inspect
import re

from tfcluster.utils import nearest_names

__all__ = ["hyperparameters", "parse_assignment"]

_ON_COMMAND_LINE = {
    "augmentation": "On the command line, for images: affine, rotate_shift, crop, crop_color or none.",
    "backbone": "On the command line a name.",
    "likelihood": "On the command line also auto: by the kind of the data.",
    "reconstruction_weight": "On the command line also auto: (784 / d)^(2/3) for preprocessed rows of d values; "
    "mean: 1 / d.",
    "taps": "On the command line also pooled: those after pooling.",
}
_WORDS = {"reconstruction_weight": ("auto", "mean")}
"""Words that stand for a number on the command line, see `preparation.model_arguments`."""

_OPTIONS = {
    name: "--" + name.replace("_", "-")
    for name in (
        "batch_size",
        "clusters",
        "dataset",
        "epochs",
        "labels",
        "limit",
        "precision",
        "preset",
        "runs",
        "seed",
    )
} | {"n_clusters": "--clusters", "image_size": "--image-size"}
"""Options of the command line that are no hyper-parameters, by the name that they may be taken for."""


def hyperparameters(cls, skip=("n_clusters", "preprocessing", "seed")):
    """Name, default and meaning of every argument that the constructors of a class and its bases take.

    Args:
        cls: A model class.
        skip: Arguments that the command line sets in another way.

    Returns:
        A dict from names to `(default, meaning)`, without the class's `without_effect`.
    """
    found, skip = {}, {*skip, *cls.without_effect}
    for base in cls.__mro__:
        if not base.__module__.startswith("tfcluster.") or "__init__" not in vars(base):
            continue
        meanings = _arguments(inspect.getdoc(base) or "")
        for parameter in inspect.signature(base.__init__).parameters.values():
            if parameter.name in ("self", "kwargs") or parameter.name in skip:
                continue
            # The default is the first, the meaning may be that of a base.
            default, meaning = found.get(parameter.name, (parameter.default, ""))
            found[parameter.name] = (default, meaning or meanings.get(parameter.name, ""))
    return {
        name: (default, f"{meaning} {_ON_COMMAND_LINE[name]}" if name in _ON_COMMAND_LINE else meaning)
        for name, (default, meaning) in found.items()
    }


def _arguments(doc):
    """The `Args:` section of a docstring as a dict."""
    section = re.search(r"^Args:\n((?:[ ]{4}.*\n|\n)*)", doc + "\n", re.MULTILINE)
    if not section:
        return {}
    entries = re.split(r"^ {4}(?=\*{0,2}\w+:)", section[1], flags=re.MULTILINE)
    pairs = (entry.partition(":") for entry in entries if ":" in entry)
    return {name.strip(): " ".join(text.split()) for name, _, text in pairs}


def parse_assignment(text, known):
    """`name=value` as a pair; the value has the type of the default, or is None where that is or the meaning says so.

    Args:
        text: What stands after `--set`.
        known: What `hyperparameters` returned.

    Raises:
        ValueError: If the form, the name or the type is wrong.
    """
    name, sign, value = text.partition("=")
    name = name.strip()
    if not sign:
        raise ValueError(f"--set takes name=value. Received: {text!r}")
    if name not in known and (option := _OPTIONS.get(name)):
        raise ValueError(f"--set takes hyper-parameters; use {option} {value}. Received: {text!r}")
    if name not in known:
        raise ValueError(f"--set: unknown hyper-parameter {name!r}; {nearest_names(name, known)}")
    default, meaning = known[name]
    try:
        parsed = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        parsed = tuple(value.split(",")) if isinstance(default, tuple) or (default is None and "," in value) else value
    if isinstance(default, float) and isinstance(parsed, int) and not isinstance(parsed, bool):
        parsed = float(parsed)
    if isinstance(default, tuple) and not isinstance(parsed, tuple):
        parsed = tuple(parsed) if isinstance(parsed, list) else (parsed,)
    if parsed in _WORDS.get(name, ()):
        return name, parsed
    may_be_none = default is None or "None" in meaning
    if not (may_be_none if parsed is None else default is None or type(parsed) is type(default)):
        raise ValueError(f"--set {name}: expected {type(default).__name__} such as {default!r}. Received: {value!r}")
    return name, parsed
