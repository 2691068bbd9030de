"""The names behind the numbers of ClassLabel features, as Hugging Face `datasets` writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

Labels = Mapping[str, Sequence[str]]
"""Column -> what its numbers stand for."""


def class_labels(features: object) -> Labels:
    """The names of ClassLabel features, plain or in a list."""
    found = {}
    for name, feature in features.items() if isinstance(features, dict) else ():
        inner = feature[0] if isinstance(feature, list) and feature else feature
        if isinstance(inner, dict) and isinstance(inner.get("feature"), dict):
            inner = inner["feature"]
        if not isinstance(inner, dict) or inner.get("_type") != "ClassLabel":
            continue
        labels = inner.get("names")
        if isinstance(labels, list) and all(isinstance(label, str) for label in labels):
            found[name] = labels
    return found


def labels_in(schema: pa.Schema) -> Labels:
    """Those a file carries in its own schema."""
    try:
        written = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        return class_labels(written["info"]["features"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
