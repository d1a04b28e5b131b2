"""`python -m tfcluster.experiments.m1_m2`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("m1_m2"))
