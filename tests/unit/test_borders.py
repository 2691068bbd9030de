"""The page must start fast and stay small: building it loads no torch."""

from __future__ import annotations

import subprocess
import sys

_BUILD = """
import sys
from instruct_ui.settings import settings
from instruct_ui.workbench import Workbench
from instruct_ui.ui.shell import build_page
workbench = Workbench.open(settings())
build_page(workbench)
workbench.close()
heavy = {'torch', 'transformers', 'peft', 'sklearn', 'tokenizers', 'seqeval',
         'sacrebleu', 'rouge_score', 'nltk', 'jsonschema'} & set(sys.modules)
print(sorted(heavy))
"""


def test_building_the_page_loads_neither_torch_nor_tokenizers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BUILD], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
