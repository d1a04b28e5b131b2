"""`python -m tfcluster.experiments.adgm`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("adgm"))
