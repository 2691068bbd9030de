"""InstructUI: design, evaluate and train prompts in a browser, without programming."""

__version__ = "0.1.0"
