"""`python -m tfcluster.experiments.deepcluster`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("deepcluster"))
