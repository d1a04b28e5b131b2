import pytest

from tfcluster.command_parser import CommandParser


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cluters", "3"], "error: unrecognized arguments: --cluters 3; did you mean --clusters? (see --help)\n"),
        (["--nothing-like-it"], "error: unrecognized arguments: --nothing-like-it (see --help)\n"),
        (["--clusters", "many"], "error: argument --clusters: invalid int value: 'many' (see --help)\n"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, said, capsys):
    parser = CommandParser(prog="command")
    parser.add_argument("--clusters", type=int)
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr() == ("", said)
