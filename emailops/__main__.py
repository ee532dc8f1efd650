"""`python -m emailops`, which with -I reads nothing of the directory it stands in."""

from __future__ import annotations

import sys

from emailops.cli import main

sys.exit(main())
