"""``python -m surfedge``: the command line."""

import sys

from surfedge.cli import main

if __name__ == "__main__":
    sys.exit(main())
