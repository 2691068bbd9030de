"""`python -m instruct_ui.cli` is `instruct-ui`."""

import sys

from instruct_ui.cli import main

sys.exit(main())
