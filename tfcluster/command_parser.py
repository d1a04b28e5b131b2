"""The parser of every command."""

import argparse
import difflib
import re

__all__ = ["CommandParser"]


class CommandParser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line."""

    def error(self, message):
        unknown = re.match(r"unrecognized arguments: (--\S+)", message)
        close = difflib.get_close_matches(unknown[1], self._option_string_actions, n=1) if unknown else []
        message += f"; did you mean {close[0]}?" if close else ""
        self.exit(2, f"error: {message} (see --help)\n")
