"""The one frozen `Settings`, read once from the environment and a `.env` file."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, cast

from bot import setting
from bot.config_values import ConfigError, read_file, read_value
from engine.base.families import FAMILY_NAMES

__all__ = ["ConfigError", "Settings", "example", "variables"]

Device = Literal["auto", "cpu", "cuda"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a host can set; each field is one environment variable."""

    discord_token: str = setting.declare(
        "DISCORD_TOKEN",
        "",
        "The bot's token from Discord's developer portal; only `run` and `doctor` need it.",
        setting.text,
        secret=True,
    )
    state_dir: Path = setting.declare(
        "STATE_DIR",
        "./state",
        "Folder of database, drawings, styles and pictures: back it up."
        " playground and demo never touch it.",
        setting.path,
    )
    base_model: str = setting.declare(
        "BASE_MODEL",
        "builtin",
        "The base: builtin (a toy), a .safetensors file, a diffusers folder or a hub name.",
        setting.text,
    )
    base_config: Path | None = setting.declare(
        "BASE_CONFIG",
        "",
        "Diffusers configurations for a base in one file that is not as wide as SDXL.",
        setting.optional_path,
    )
    base_family: str = setting.declare(
        "BASE_FAMILY",
        "auto",
        f"What the base is: auto (looks at it), {', '.join(FAMILY_NAMES)}.",
        setting.choice("auto", *FAMILY_NAMES),
    )
    more_bases: tuple[tuple[str, str], ...] = setting.declare(
        "MORE_BASES",
        "",
        "Further bases with commas between, each a path or name=path; one at a time is loaded.",
        setting.named_list,
    )
    base_turn_s: int = setting.declare(
        "BASE_TURN_S",
        "180",
        "How long a base stays loaded while others wait for another one, in seconds.",
        setting.number(1, 86_400),
    )
    draw_bases: bool = setting.declare(
        "DRAW_BASES",
        "true",
        "Whether everybody may choose the base of a drawing, where there are several.",
        setting.flag,
    )
    device: Device = setting.declare(
        "ENGINE_DEVICE",
        "auto",
        "Where the engine computes: auto (CUDA where there is one), cpu or cuda.",
        setting.choice("auto", "cpu", "cuda"),
    )
    gpu_memory_gb: int = setting.declare(
        "GPU_MEMORY_GB",
        "0",
        "How much of the GPU's memory the engine may take, in gigabytes; 0 takes what is free.",
        setting.number(0, 1024),
    )
    style_slots: int = setting.declare(
        "STYLE_SLOTS",
        "0",
        "How many styles may be drawn with at once; 0 takes as many as the memory holds.",
        setting.number(0, 64),
    )
    slot_rank: int = setting.declare(
        "SLOT_RANK",
        "16",
        "The LoRA rank that one slot holds; a style of a higher rank takes several slots.",
        setting.number(1, 256),
    )
    compiles: bool = setting.declare(
        "ENGINE_COMPILES",
        "false",
        "Whether the U-Net is compiled while it already draws; needs a C++ compiler, not Windows.",
        setting.flag,
    )
    engine_threads: int = setting.declare(
        "ENGINE_THREADS",
        "0",
        "CPU threads of the engine; 0 takes all cores.",
        setting.number(0, 1024),
    )
    engine_start_timeout_s: int = setting.declare(
        "ENGINE_START_TIMEOUT_S",
        "600",
        "How long the engine may take to load the base, in seconds.",
        setting.number(1, 86_400),
    )
    parallel_jobs: int = setting.declare(
        "PARALLEL_JOBS",
        "4",
        "How many jobs the engine works on at the same time, step by step.",
        setting.number(1, 64),
    )
    training_percent: int = setting.declare(
        "TRAINING_PERCENT",
        "30",
        "How much of the engine's time trainings take while pictures are wanted as well.",
        setting.number(1, 99),
    )
    max_jobs_per_person: int = setting.declare(
        "MAX_JOBS_PER_PERSON",
        "5",
        "How many unfinished jobs one person may have.",
        setting.number(1, 1000),
    )
    max_drawings: int = setting.declare(
        "MAX_DRAWINGS",
        "200",
        "The most drawings one dataset may hold.",
        setting.number(1, 10_000),
    )
    max_upload_mb: int = setting.declare(
        "MAX_UPLOAD_MB",
        "25",
        "The largest drawing file that is accepted, in megabytes.",
        setting.number(1, 500),
    )
    files_port: int = setting.declare(
        "FILES_PORT",
        "0",
        "The port of the page that hands out files too large for Discord; 0 opens none.",
        setting.number(0, 65_535),
    )
    files_host: str = setting.declare(
        "FILES_HOST",
        "127.0.0.1",
        "The address that the page listens on; in a container, or without a proxy, 0.0.0.0.",
        setting.text,
    )
    public_url: str = setting.declare(
        "PUBLIC_URL",
        "",
        "How people's browsers reach that page, https://files.example.org for example.",
        setting.address("https", "http"),
    )
    files_upload_mb: int = setting.declare(
        "FILES_UPLOAD_MB",
        "200",
        "How much one upload to that page may be, in megabytes.",
        setting.number(1, 10_000),
    )
    export_dir: Path | None = setting.declare(
        "EXPORT_DIR",
        "",
        "A folder of yours that always holds the files of all shared styles.",
        setting.optional_path,
    )
    lora_dir: Path | None = setting.declare(
        "LORA_DIR",
        "",
        "A folder of LoRA files (ComfyUI's own, for example) that `/style import` offers to all.",
        setting.optional_path,
    )
    train_steps: int | None = setting.declare(
        "TRAIN_STEPS",
        "0",
        "Training length in steps; 0 computes it from the number of drawings.",
        setting.number_or_none(100_000),
    )
    tagger_model: str = setting.declare(
        "TAGGER_MODEL",
        "",
        "A WD v3 tagger's folder or hub name; empty: the built-in one, on the built-in base alone.",
        setting.text,
    )
    tagger_threshold: float | None = setting.declare(
        "TAGGER_THRESHOLD",
        "",
        "The least probability of a tag, between 0 and 1; empty takes the model's own.",
        setting.share_or_none,
    )
    tag_blacklist: tuple[str, ...] = setting.declare(
        "TAG_BLACKLIST",
        "",
        "Tags that never become captions, with commas between; added to a short list of its own.",
        setting.tag_list,
    )
    tag_characters: bool = setting.declare(
        "TAG_CHARACTERS",
        "false",
        "Whether the tagger may name known characters.",
        setting.flag,
    )
    blip_model: str = setting.declare(
        "BLIP_MODEL",
        "",
        "A BLIP model's folder or hub name: sentences on SDXL, and where there is no tagger.",
        setting.text,
    )
    max_train_steps: int = setting.declare(
        "MAX_TRAIN_STEPS",
        "5000",
        "The most training steps that an artist may choose; the host may choose more.",
        setting.number(1, 100_000),
    )
    guild_id: int | None = setting.declare(
        "DISCORD_GUILD",
        "",
        "A server's id: the commands are sent to it alone (for development).",
        setting.snowflake,
    )
    discord_api_base: str = setting.declare(
        "DISCORD_API_BASE",
        "",
        "Another REST address than Discord's own (for tests against a local server).",
        setting.address("http", "https"),
    )
    discord_gateway: str = setting.declare(
        "DISCORD_GATEWAY",
        "",
        "Another gateway address than Discord's own (for tests against a local server).",
        setting.address("ws", "wss"),
    )
    log_level: LogLevel = setting.declare(
        "LOG_LEVEL",
        "INFO",
        "The least important log lines to write: DEBUG, INFO, WARNING or ERROR.",
        setting.choice("DEBUG", "INFO", "WARNING", "ERROR", fold=str.upper),
    )
    log_file: Path | None = setting.declare(
        "LOG_FILE",
        "",
        "Also write the log to this file, turned over at 10 MB, five kept.",
        setting.optional_path,
    )
    log_json: bool = setting.declare(
        "LOG_JSON",
        "false",
        "Write each log line as one JSON object.",
        setting.flag,
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Self:
        """Read the settings; the environment wins over the file, an empty value is the default.

        Raises `ConfigError` for a value that cannot be used, and for a name in the file that is
        no setting: a misspelt name would otherwise be silently without effect.
        """
        environ = os.environ if environ is None else environ
        from_file = read_file(dotenv, variables())
        values: dict[str, Any] = {}
        for item in dataclasses.fields(cls):
            name = cast(str, item.metadata["name"])
            raw = environ.get(name, "").strip() or from_file.get(name, "").strip()
            if raw:
                values[item.name] = read_value(name, raw, item.metadata["read"])
        return cls(**values)


def variables() -> Mapping[str, str]:
    """Return every variable's name and its default as it would be typed."""
    return {
        item.metadata["name"]: item.metadata["default"] for item in dataclasses.fields(Settings)
    }


def example() -> str:
    """Return the text of `.env.example`: every setting, its line, its default."""
    return setting.example_of(dataclasses.fields(Settings))


if __name__ == "__main__":
    sys.stdout.write(example())
