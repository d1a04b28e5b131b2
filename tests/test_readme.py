"""Every Python block of the README and of the guides runs; the scores are those of the tables."""

import csv
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))


def blocks(path):
    return re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)


BLOCKS = blocks(ROOT / "README.md")
BLOCKS += [pytest.param(block, marks=pytest.mark.long) for path in GUIDES for block in blocks(path)]

# commands of the table of methods to where their scores stand: a table of `experiments/` and its row
SCORES = {
    "ddc": ("ddc_uco", "DDC"),
    "ddc_ae": ("ddc_uco", "DDC-AE"),
    "ddc_uco": ("ddc_uco", "DDC-UCO tensor"),
    "dec": ("dec", "DEC"),
    "idec": ("dec", "IDEC"),
    "dec_da": ("dec", "DEC-DA"),
    "conv_dec_da": ("dec", "ConvDEC-DA"),
    "dec_uco": ("dec", "DEC-UCO"),
    "cdec": ("dec", "CDEC"),
    "icdec": ("dec", "ICDEC"),
    "cdec_uco": ("dec", "CDEC-UCO"),
    "dcn": ("dec", "DCN"),
    "depict": ("dec", "DEPICT"),
    "jule": ("jule", "JULE-RC"),
    "vade": ("generative/clustering", "VaDE"),
    "gumbel_vae": ("generative/clustering", "GumbelVAE"),
    "gmvae": ("generative/clustering", "GMVAE"),
    "ae_kmeans": ("dec", "AE + k-means"),
    "ae_gmm": ("dec", "AE + GMM"),
    "kmeans": ("generative/clustering", "k-means"),
    "gmm": ("generative/clustering", "GMM"),
}


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_block(block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "block", "exec"), {})


def test_scores_are_those_of_the_tables():
    found = {}
    for commands, scores in re.findall(r"^\| (`[^|]*) \|.*\| ([-\d., ]+) \|$", README, re.MULTILINE):
        pairs = zip(re.findall(r"`(\w+)`", commands), scores.split(", "), strict=True)
        found |= {command: score for command, score in pairs if score != "-"}
    assert set(found) == set(SCORES)
    for command, (table, row) in SCORES.items():
        with open(ROOT / "experiments" / table / "results.csv") as stream:
            lines = [line for line in csv.DictReader(stream) if (line["row"], line["dataset"]) == (row, "usps")]
        mean = sum(float(line["acc"]) for line in lines) / len(lines)
        assert abs(float(found[command]) - mean) < 0.00056, command  # of values that were rounded to 4 digits
