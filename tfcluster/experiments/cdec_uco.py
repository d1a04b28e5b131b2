"""`python -m tfcluster.experiments.cdec_uco`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("cdec_uco"))
