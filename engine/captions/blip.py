"""Say in a sentence what a picture shows, with BLIP: Salesforce's files, through transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image
from transformers import AutoTokenizer, BlipForConditionalGeneration
from transformers.models.blip import BlipImageProcessorPil

from engine.captions.seen import Seen
from engine.errors import JobFailed

#: As the notebook's captioner was set: greedy, and no shorter or longer than this, in tokens.
_LENGTHS: Final = {"min_length": 10, "max_length": 75}


class BlipCaptioner:
    """One loaded BLIP, on the processor: the device's memory is for drawing."""

    def __init__(self, folder: Path) -> None:
        """Load a folder with `BLIP_FILES`; JobFailed `blip.unreadable` when they are no BLIP."""
        try:
            # The class is named: the automatic one takes torchvision where that is installed, and
            # then the same drawing gets other words.
            self._prepare: Any = BlipImageProcessorPil.from_pretrained(folder)
            self._tokens: Any = AutoTokenizer.from_pretrained(folder)
            self._model: Any = BlipForConditionalGeneration.from_pretrained(
                folder, use_safetensors=True
            )
        except Exception as error:  # the libraries raise what they like
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise JobFailed("blip.unreadable", folder=folder.name, reason=reason) from error
        self._model.eval()

    def see(self, picture: Image.Image) -> Seen:
        """Say what it shows, without a full stop; the same picture, the same words."""
        seen = self._prepare(on_white(picture), return_tensors="pt")
        with torch.inference_mode():
            tokens = self._model.generate(**seen, do_sample=False, num_beams=1, **_LENGTHS)
        said: str = self._tokens.decode(tokens[0], skip_special_tokens=True)
        return Seen(sentence=" ".join(said.split()).rstrip(" ."))


def on_white(picture: Image.Image) -> Image.Image:
    """Lay what is transparent on white paper, as the drawings are shown."""
    seen = picture.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen)
    return paper
