"""The pages of `docs/methods/`, made from docstrings, recipes and `when_it_fails.toml`: make docs."""

import inspect
import pathlib
import re
import textwrap
import tomllib

from tfcluster.experiments.command import methods
from tfcluster.experiments.hyperparameters import hyperparameters
from tfcluster.experiments.presets import METHODS
from tfcluster.models.shallow_model import ShallowModel

HERE = pathlib.Path(__file__).resolve().parent


def pages():
    """File names in `docs/methods/` and what they hold."""
    warnings = tomllib.loads((HERE / "when_it_fails.toml").read_text())
    found = {f"{name}.md": _page(name, entry, warnings[name]) for name, entry in METHODS.items()}
    lines = [f"- [`{name}`]({name}.md): {title}" for name, title in methods().items()]
    found["README.md"] = "# Methods\n\nWhich one first: [choosing.md](../choosing.md).\n\n" + "\n".join(lines) + "\n"
    return found


def _page(name, entry, warning):
    _, *rest = inspect.getdoc(entry.model).split("\n")
    body = re.split(r"^Args:\n", "\n".join(rest), flags=re.MULTILINE)
    after = re.sub(r"\A((?:    .*\n?|\n)*)", "", body[1]) if len(body) > 1 else ""
    presets = [f"- `{preset}`: {_preset(preset, entry)}" for preset in entry.presets]
    parameters = [
        f"| `{key}` | `{_short(default)}` | {meaning.replace('|', chr(92) + '|')} |"
        for key, (default, meaning) in hyperparameters(entry.model).items()
    ]
    return "\n".join(
        [
            f"# {name}",
            "",
            entry.summary,
            "",
            f"    tfcluster run {name} --dataset digits",
            "",
            f"In Python: `tfcluster.models.{entry.model.__name__}`. Source: {entry.paper}. A run is chosen by: "
            f"{entry.selection}.",
            "",
            body[0].strip(),
            *(["", after.strip()] if after.strip() else []),
            "",
            "## When it fails",
            "",
            textwrap.fill(warning.strip(), 120),
            "",
            "## Presets",
            "",
            *presets,
            "",
            "## Hyper-parameters",
            "",
            "`--set name=value`, or an argument of the class. Defaults are those of the class, which presets override.",
            "",
            "| name | default | meaning |",
            "|---|---|---|",
            *parameters,
            "",
        ]
    )


def _preset(preset, entry):
    recipe = entry.presets[preset]
    if preset != "default" and recipe is entry.presets["default"]:
        return "none of its own, the same as `default`"
    model = recipe.model
    parts = [f"{recipe.runs} run{'s' if recipe.runs > 1 else ''}"]
    if issubclass(entry.model, ShallowModel):  # not refined
        known = hyperparameters(entry.model)
        model = {key: known[key][0] for key in ("pretrain_epochs",) if key in known} | model
    else:
        parts += [recipe.duration(), f"batches of {recipe.batch_size}"]
    arguments = ", ".join(f"{key}={_short(value)}" for key, value in model.items())
    own = f"; settings of their own for {', '.join(recipe.sets)}" if recipe.sets else ""
    return ", ".join(parts) + own + (f"; `{arguments}`" if arguments else "")


def _short(value):
    return re.sub(r"<.*?>", "...", repr(value))


def main():
    """Write the pages; those of methods that are no more are deleted."""
    found = pages()
    folder = HERE / "methods"
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in found:
            path.unlink()
    for name, text in found.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
