"""``python -m sklpar``: the same program as ``sklpar``."""

from __future__ import annotations

import sys

from sklpar.cli import main

sys.exit(main())
