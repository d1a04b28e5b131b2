"""`python -m tfcluster.experiments.dec_da`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("dec_da"))
