"""`python -m tfcluster.experiments.ae_kmeans`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("ae_kmeans"))
