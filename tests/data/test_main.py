import pytest

from tfcluster.data.__main__ import main


def test_list_and_info(capsys):
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    for name in ("digits", "usps", "coil20", "reuters10k", "stl10"):
        assert name in listed
    assert main(["info", "digits"]) == 0
    assert "1797 x (8, 8, 1)" in capsys.readouterr().out
    assert main(["download", "digits"]) == 0


def test_wrong_name(capsys):
    assert main(["info", "usp"]) == 2
    assert "did you mean usps" in capsys.readouterr().err


def test_no_verb():
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
