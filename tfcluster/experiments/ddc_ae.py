"""`python -m tfcluster.experiments.ddc_ae`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("ddc_ae"))
