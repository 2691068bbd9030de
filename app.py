"""`python app.py` is `instruct-ui serve`; a hosted Gradio demo starts here."""

import sys

from instruct_ui.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve"]))
