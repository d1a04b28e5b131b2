"""`python -m tfcluster.experiments.jule`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("jule"))
