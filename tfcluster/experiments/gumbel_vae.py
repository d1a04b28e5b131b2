"""`python -m tfcluster.experiments.gumbel_vae`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("gumbel_vae"))
