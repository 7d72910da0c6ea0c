"""``python -m hornbeam``: the command ``hornbeam``."""

import sys

from hornbeam.cli import main

sys.exit(main())
