"""The files that name versions say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9][\w.-]*", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    wanted = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return {_name(line): line for line in wanted}


def _project() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"run": project["dependencies"], "dev": project["optional-dependencies"]["dev"]}


def test_constraints_name_plain_versions_and_leave_nothing_open() -> None:
    pins = _pins("constraints.txt")
    for line in pins.values():
        assert re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.!]+", line), line
    wanted = {_name(r) for part in _project().values() for r in part}
    assert wanted <= pins.keys()


def test_the_hosted_demo_installs_the_same_versions() -> None:
    constraints, hosted = _pins("constraints.txt"), _pins("requirements.txt")
    assert hosted == {name: constraints[name] for name in map(_name, _project()["run"])}


def test_the_front_matter_names_the_gradio_that_is_installed() -> None:
    head = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    front = yaml.safe_load(head)
    assert f"gradio=={front['sdk_version']}" == _pins("constraints.txt")["gradio"]
    assert (ROOT / front["app_file"]).is_file()
