"""What captions drawings here, whether its files are there, and what fetches them."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from bot.config import Settings
from bot.doctor.finding import Finding, bad, good, hint
from bot.engine_setup import BUILTIN, base_family
from bot.services.captioners import BUILTIN_TAGGER, CaptionerChoice, choose_captioner
from engine.captions.place import BLIP_FILES, HUB_NAME, TAGGER_FILES, find_model
from engine.errors import JobFailed

#: What is fetched where the setting names a folder: the best fitting of SmilingWolf's, and BLIP.
_TAGGER = "SmilingWolf/wd-eva02-large-tagger-v3"
_BLIP = "Salesforce/blip-image-captioning-large"


def caption_findings(settings: Settings) -> Generator[Finding]:
    """Look for the files of what the settings and the base choose; the base lies where it should.

    What is set and not chosen is looked for too: another base may choose it.
    """
    is_builtin = settings.base_model.lower() == BUILTIN
    family = base_family(settings)
    chosen = choose_captioner(settings, family, is_builtin=is_builtin)
    if chosen is None:
        yield hint("doctor.no_tagger")
    elif chosen.model == str(BUILTIN_TAGGER):
        yield good("doctor.tagger_builtin")
    for kind, model in (("wd", settings.tagger_model), ("blip", settings.blip_model)):
        if model:
            yield _finding(CaptionerChoice(kind=kind, model=model))


def _finding(choice: CaptionerChoice) -> Finding:
    files = TAGGER_FILES if choice.kind == "wd" else BLIP_FILES
    setting = "TAGGER_MODEL" if choice.kind == "wd" else "BLIP_MODEL"
    try:
        find_model(choice.model, files)
    except JobFailed as missing:
        named = str(missing.facts["files"])
        command = fetching(choice, files)
        return bad("doctor.captioner_missing", setting=setting, files=named, command=command)
    return good("doctor.captioner", setting=setting, model=choice.model)


def fetching(choice: CaptionerChoice, files: tuple[str, ...]) -> str:
    """Word the command that fetches the files; `hf` comes with huggingface_hub."""
    is_folder = not HUB_NAME.fullmatch(choice.model) or Path(choice.model).expanduser().is_dir()
    usual = _TAGGER if choice.kind == "wd" else _BLIP
    name = usual if is_folder else choice.model
    target = f' --local-dir "{choice.model}"' if is_folder else ""
    return f"hf download {name} {' '.join(files)}{target}"
