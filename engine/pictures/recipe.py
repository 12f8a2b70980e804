"""The recipe: everything that is needed to draw one picture again."""

from __future__ import annotations

from dataclasses import dataclass

from engine.base.prompt_weights import literal

#: Version of the rules for sigmas, timesteps, noise and prompts. A change of rules takes the next
#: number; the old one stays reproducible. They are ComfyUI's. 1 seeds the noise of ancestral steps
#: on a CPU with the seed, so that the first of it repeats the start noise (up to 2025); 2 with
#: seed + 1. From 3 on prompts have weights and BREAK; before, they were read as they stand. From 4
#: on the edge of a window falls where it falls; before, no short word was split over it.
RULES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterUse:
    """One style laid over the base, by content."""

    name: str
    #: sha256 of the LoRA file in kohya layout, lower-case hex
    sha256: str
    weight: float = 1.0
    #: its layers in the text encoders, where they count otherwise than the rest
    text_weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One picture's recipe; equal recipes give equal pictures on the same engine."""

    #: what the person typed, without the inline options
    prompt: str
    #: what the text encoders read: score ladder, quality words and prompt
    positive: str
    negative: str = ""
    #: 1..9, or None where none was asked or the family has none
    score: int | None = None
    seed: int = 0
    steps: int = 20
    guidance: float = 4.0
    #: "euler_ancestral" | "dpmpp_2m" ...: ComfyUI's names
    sampler: str = "euler_ancestral"
    #: "normal" | "karras": ComfyUI's names
    schedule: str = "normal"
    width: int = 128
    height: int = 128
    adapters: tuple[AdapterUse, ...] = ()
    #: sha256 of the PNG that it starts from; "" starts from noise alone
    start_sha256: str = ""
    #: how much of that is drawn anew, above 0 to 1: ComfyUI's `denoise`
    denoise: float = 1.0
    #: name and sha256 of the base the picture was drawn with ("" until the engine has drawn it)
    base: str = "builtin"
    base_sha256: str = ""
    family: str = "builtin"
    rules: int = RULES
    #: where the step noise of ancestral samplers was drawn: "cpu" | "cuda"
    noise_device: str = "cpu"

    @property
    def told(self) -> tuple[str, str]:
        """Both texts as `engine.base.prompt_weights` reads them."""
        texts = self.positive, self.negative
        return texts if self.rules >= 3 else (literal(texts[0]), literal(texts[1]))

    @property
    def keeps_words(self) -> bool:
        """Whether no short word is split over the edge of a window."""
        return self.rules < 4
