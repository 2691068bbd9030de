"""A prepared data set is read back as it was, and only what is looked at is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from instruct_ui.data import prepared
from instruct_ui.data.load import load_dataset
from instruct_ui.data.samples import SAMPLES


@pytest.mark.parametrize("key", list(SAMPLES))
def test_comes_back_as_it_was(key: str, tmp_path: Path) -> None:
    sample = SAMPLES[key]
    dataset = load_dataset(sample.data(), sample.task, 0)
    prepared.write(tmp_path / "a.arrow", dataset)
    again = prepared.load(tmp_path / "a.arrow")
    for name in ("train", "validation", "test"):
        assert list(again.split(name)) == list(dataset.split(name))  # type: ignore[arg-type]
    for part in ("task", "labels", "sha256", "language", "skipped"):
        assert getattr(again, part) == getattr(dataset, part)
    assert again.label_counts() == dataset.label_counts()
    assert not list(tmp_path.glob("*.part"))


def test_what_is_no_prepared_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    for content in (b"", b"ARROW1\0\0", b"text"):
        path.write_bytes(content)
        with pytest.raises(OSError, match=r"."):
            prepared.load(path)
    with pytest.raises(OSError, match="no"):
        prepared.load(tmp_path / "no.arrow")
