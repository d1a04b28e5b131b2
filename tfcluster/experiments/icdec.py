"""`python -m tfcluster.experiments.icdec`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("icdec"))
