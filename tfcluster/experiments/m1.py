"""`python -m tfcluster.experiments.m1`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("m1"))
