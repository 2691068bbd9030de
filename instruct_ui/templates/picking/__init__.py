"""Which training rows are shown as examples. Only training rows ever come here."""

from instruct_ui.templates.picking.picker import Picked, ShotPicker

__all__ = ["Picked", "ShotPicker"]
