"""`python -m tfcluster.experiments.conv_dec_da`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("conv_dec_da"))
