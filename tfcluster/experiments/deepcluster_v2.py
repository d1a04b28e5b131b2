"""`python -m tfcluster.experiments.deepcluster_v2`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("deepcluster_v2"))
