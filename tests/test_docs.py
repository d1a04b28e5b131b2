"""The pages of `docs/`."""

import importlib.util
import pathlib
import re

import pytest

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("make_methods", DOCS / "make_methods.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_pages_of_the_methods_are_what_the_code_says(pages):
    """If this fails: `make docs`."""
    written = {path.name: path.read_text() for path in (DOCS / "methods").glob("*.md")}
    assert set(written) == set(pages)
    for name, text in pages.items():
        assert written[name] == text, name


def test_every_parameter_has_a_meaning(pages):
    for name, text in pages.items():
        assert not re.search(r"^\| `\w+` \| .* \|  \|$", text, re.MULTILINE), name


def test_links_lead_to_files():
    root = DOCS.parent
    for path in [root / "README.md", *DOCS.rglob("*.md"), *(root / "experiments").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text()):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.relative_to(root)}: {target}"
