"""`python -m tfcluster.experiments.auxiliary_task_vae`."""

import sys

from tfcluster.experiments.command import main

if __name__ == "__main__":
    sys.exit(main("auxiliary_task_vae"))
