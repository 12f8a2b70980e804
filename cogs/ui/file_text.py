"""What is said with a style's file: how to use it, how to join its parts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.i18n import Texts
from bot.services.files.delivery import Guide
from bot.services.files.parts import Part, unix_command, windows_command
from bot.services.files.style_file import StyleFile
from cogs.ui.wording import in_code, plain

_MB = 1024 * 1024
#: Nothing here is longer; what is typed must be whole.
_MOST_CODE_CHARS = 200


def usage(texts: Texts, guide: Guide, file_name: str) -> str:
    """Word the three lines; before them, that a toy's style fits no other base."""
    workflow_name, cover_name = names_beside(file_name)
    base = _code(guide.base) + (f" ({plain(guide.family)})" if guide.family else "")
    stem = file_name.removesuffix(".safetensors")
    lines = [
        texts.say("file.use_comfyui", workflow=_code(workflow_name), base=base),
        texts.say("file.use_forge", call=_code(f"<lora:{stem}:1>"), base=base),
        texts.say(
            "file.use_settings" if guide.prefix else "file.use_settings_plain",
            prefix=_code(guide.prefix),
            sampler=guide.sampler,
            steps=guide.steps,
            guidance=f"{guide.guidance:g}",
            size=f"{guide.width}×{guide.height}",
        ),
    ]
    if guide.cover is not None:
        lines.append(texts.say("file.use_cover", cover=_code(cover_name)))
    listed = "\n".join(f"- {line}" for line in lines)
    return f"{texts.say('file.toy')}\n{listed}" if guide.is_toy else listed


def names_beside(file_name: str) -> tuple[str, str]:
    """Name the workflow, and the picture as ComfyUI and A1111 look for it."""
    stem = file_name.removesuffix(".safetensors")
    return f"{stem}-comfyui.json", f"{stem}.preview.png"


def joining(texts: Texts, file: StyleFile, parts: Sequence[Part]) -> str:
    """Word how the parts become the file again, and how to see that they did."""
    name = file.file_name
    return "\n".join(
        (
            texts.say("file.parts_here", style=plain(file.style.name), count=len(parts)),
            texts.say("file.join_zip", first=_code(parts[0].file_name)),
            texts.say("file.join_windows"),
            f"```bat\n{windows_command(name, parts)}\ncertutil -hashfile {name} SHA256\n```"
            + texts.say("file.join_unix"),
            f"```sh\n{unix_command(name)}\nshasum -a 256 {name}\n```"
            + texts.say("file.join_check", sha256=file.sha256),
        )
    )


def _code(text: str) -> str:
    return f"`{in_code(text, _MOST_CODE_CHARS)}`"


def megabytes(size_bytes: int) -> str:
    """Round a size up, so that no file seems to fit that does not."""
    tenths = -(-size_bytes * 10 // _MB)
    return f"{tenths // 10}.{tenths % 10}" if tenths < 100 else str(-(-size_bytes // _MB))
