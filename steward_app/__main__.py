"""`python -m steward_app [FILE]`: the window."""

import sys

from steward_app.app import main

sys.exit(main())
