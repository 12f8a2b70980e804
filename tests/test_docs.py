"""The docs say what is true: tests read them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bot.config import Settings, variables
from tests.sources import PACKAGES, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
#: Folders that belong to one machine, not to the project.
PRIVATE_PATH = re.compile(r"(?<![\w.])/(work|root|tmp|home/(?!ownhand\b)\w+|Users)/")


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def make_targets() -> set[str]:
    makefile = text(ROOT / "Makefile")
    commands = re.search(r"^COMMANDS := (.*)$", makefile, re.MULTILINE)
    assert commands is not None
    return {*commands[1].split(), *re.findall(r"^([\w.-]+):", makefile, re.MULTILINE)}


def test_every_setting_is_in_the_deployment_guide_with_its_default() -> None:
    page = text(ROOT / "docs/deployment.md")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `?([^|`]*)`? \|", page, re.MULTILINE))
    assert {name: default.strip() for name, default in rows.items()} == variables()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(text(page)) if not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_commands_exist(page: Path) -> None:
    named = set(re.findall(r"(?:^|[`\s])make ([a-z]+)\b(?=[`\s]*(?:#|`|$|\())", text(page), re.M))
    assert named <= make_targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_path_of_one_machine(page: Path) -> None:
    assert PRIVATE_PATH.findall(text(page)) == []


def test_variables_named_in_the_docs_exist() -> None:
    named: set[str] = set()
    for page in PAGES:
        named |= set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", text(page)))
    known = {*variables(), "TORCH_INDEX"}
    assert named <= known


def test_readme_names_the_two_first_commands_of_the_makefile() -> None:
    assert {"playground", "demo"} <= make_targets()
    readme = text(ROOT / "README.md")
    assert "make playground" in readme
    assert "make demo" in readme


def test_version_is_in_the_changelog() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    assert f"\n## {project['version']}" in text(ROOT / "CHANGELOG.md")


def test_architecture_has_a_line_for_every_package() -> None:
    page = text(ROOT / "docs/architecture.md")
    packages = [ROOT / name for name in PACKAGES]
    packages += [path.parent for name in PACKAGES for path in (ROOT / name).glob("*/__init__.py")]
    missing = [path.name for path in packages if not re.search(rf"\b{path.name}/", page)]
    assert missing == []


def test_architecture_fits_on_one_page() -> None:
    assert text(ROOT / "docs/architecture.md").count("\n") <= 140


def test_default_state_folder_is_ignored_by_git() -> None:
    assert f"/{Settings().state_dir.name}/" in text(ROOT / ".gitignore").split()


def test_the_compose_example_keeps_the_state_in_its_volume() -> None:
    """`.env` names a folder of the host, and would win over what the image says."""
    example = text(ROOT / "docs/deployment.md").split("# compose.yaml")[1].split("\n\n")[0]
    dockerfile = text(ROOT / "Dockerfile")
    assert "env_file: .env" in example
    assert "STATE_DIR: /state\n" in example
    assert "- ./state:/state\n" in example
    assert "STATE_DIR=/state " in dockerfile
