"""What ComfyUI has to be told of a base that is not as wide as SDXL.

It knows SDXL by its widths, and has its text encoders' widths in files; of the built-in base it
must know words, head sizes and the scale of latents too. Everything else of its SDXL stays as it
is: names, networks, prompts, noise levels, samplers and nodes.
"""

# Another program, whose types are not ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from scripts.compare_comfyui.bases import VOCABULARY

#: What of a text encoder's configuration it builds its network from.
_TEXT_SIZES: Final = (
    "hidden_size", "intermediate_size", "num_attention_heads", "num_hidden_layers",
    "hidden_act", "max_position_embeddings", "eos_token_id",
)  # fmt: skip


class _Times:
    """A factor between two widths, which may be no whole number."""

    def __init__(self, width: int, first: int) -> None:
        self._factor = Fraction(width, first)

    def __mul__(self, first: int) -> int:
        return int(self._factor * first)

    __rmul__ = __mul__


def teach(config: Path) -> None:
    """Let ComfyUI know a base with these configurations as an SDXL."""
    import comfy.model_base
    import comfy.sdxl_clip
    import comfy.supported_models as known
    import comfy.supported_models_base

    unet, vae, first, second = (
        json.loads((config / part / "config.json").read_text())
        for part in ("unet", "vae", "text_encoder", "text_encoder_2")
    )
    widths = unet["block_out_channels"]
    own_words = first["vocab_size"] != VOCABULARY

    class Taught(known.SDXL):
        unet_config = {  # noqa: RUF012 - as every class there has it
            **known.SDXL.unet_config,
            "model_channels": widths[0],
            "transformer_depth": _depths(unet),
            "context_dim": unet["cross_attention_dim"],
            "adm_in_channels": unet["projection_class_embeddings_input_dim"],
        }
        unet_extra_config = {  # noqa: RUF012
            "num_heads": -1,
            "num_head_channels": widths[-1] // unet["attention_head_dim"][-1],
        }

        def __init__(self, told: dict[str, Any]) -> None:
            super().__init__(told)
            self.unet_config["channel_mult"] = [_Times(width, widths[0]) for width in widths]
            self.latent_format.scale_factor = vae["scaling_factor"]

        def get_model(self, *given: Any, **named: Any) -> Any:
            model = super().get_model(*given, **named)
            model.embedder = comfy.model_base.Timestep(unet["addition_time_embed_dim"])
            return model

        def clip_target(self, state_dict: Any = None) -> Any:
            words = _tokenizers(config) if own_words else comfy.sdxl_clip.SDXLTokenizer
            return comfy.supported_models_base.ClipTarget(words, _encoders(first, second))

    known.models.insert(0, Taught)


def _depths(unet: dict[str, Any]) -> list[int]:
    pairs = zip(unet["down_block_types"], unet["transformer_layers_per_block"], strict=True)
    depths = [depth if "CrossAttn" in kind else 0 for kind, depth in pairs]
    return [depth for depth in depths for _ in range(unet["layers_per_block"])]


def _encoders(first: dict[str, Any], second: dict[str, Any]) -> Any:
    """Make both text encoders with these widths."""
    import comfy.sd1_clip
    import comfy.sdxl_clip

    sizes = {
        f"{name}_model_config": {size: told[size] for size in _TEXT_SIZES}
        for name, told in (("clip_l", first), ("clip_g", second))
    }

    class Encoders(comfy.sdxl_clip.SDXLClipModel):
        def __init__(self, device: Any, dtype: Any, model_options: Any) -> None:
            options = {**model_options, **sizes}
            if first["num_hidden_layers"] > 2:
                super().__init__(device=device, dtype=dtype, model_options=options)
            else:
                self._of_few_layers(device, dtype, options)
            for name, told in (("clip_l", first), ("clip_g", second)):
                getattr(self, name).special_tokens = {
                    "start": told["bos_token_id"],
                    "end": told["eos_token_id"],
                    "pad": told["pad_token_id"],
                }

        def _of_few_layers(self, device: Any, dtype: Any, options: Any) -> None:
            """Ask for the last layer but one afterwards: of two layers it is refused at first."""
            comfy.sd1_clip.torch.nn.Module.__init__(self)
            self.clip_l = comfy.sd1_clip.SDClipModel(
                device=device, dtype=dtype, layer_norm_hidden_state=False, model_options=options
            )
            self.clip_l.set_clip_options({"layer": -2})
            self.clip_l.options_default = ("hidden", -2, True)
            self.clip_g = comfy.sdxl_clip.SDXLClipG(
                device=device, dtype=dtype, model_options=options
            )
            self.dtypes = {dtype}

    return Encoders


def _tokenizers(config: Path) -> Any:
    """Read the base's own vocabulary."""
    import comfy.sd1_clip
    import comfy.sdxl_clip

    class Tokenizers(comfy.sdxl_clip.SDXLTokenizer):
        def __init__(self, embedding_directory: Any = None, tokenizer_data: Any = None) -> None:
            places = {"embedding_directory": embedding_directory}
            self.clip_l = comfy.sd1_clip.SDTokenizer(str(config / "tokenizer"), **places)
            self.clip_g = comfy.sdxl_clip.SDXLClipGTokenizer(str(config / "tokenizer_2"), **places)

    return Tokenizers
