"""`python -m tfcluster.experiments.gmm`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("gmm"))
