"""`python -m tfcluster.experiments.idec`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("idec"))
