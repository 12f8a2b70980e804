"""Which of the host's bases a LoRA file is imported for."""

from __future__ import annotations

from typing import Final

from bot.errors import UserError
from bot.services.base import Base
from bot.services.bases import Bases
from engine.errors import JobFailed
from engine.lora.foreign.layers import sort_layers
from engine.lora.reading import FileHeader

#: Where our files, and those of kohya's scripts, tell the hash of the base they were trained on.
_TOLD: Final = ("ownhand.base_sha256", "ss_new_sd_model_hash")


def choose_base(bases: Bases, file: str, header: FileHeader, wanted: str | None) -> Base:
    """Choose the base that was named, else the one that the file names, else the only one.

    A file fits by its layers: all models of a family fit alike. UserError bases.unknown,
    import.other_base, import.which_base, import.base_unknown, and what `Base.require` raises;
    JobFailed as `sort_layers` where no base fits.
    """
    named = None if wanted is None else bases.named(wanted)
    if not bases.are_several:
        return bases.first
    if named is not None:
        named.require()
    fitting = _fitting(bases, file, header, named or bases.first)
    names = ", ".join(base.label for base in fitting)
    if named is not None and named not in fitting:
        raise UserError("import.other_base", file=file, base=named.label, names=names)
    told = {header.metadata.get(key, "") for key in _TOLD} - {""}
    of_file = [base for base in fitting if base.sha256 in told]
    for only in ([named] if named else [], of_file, fitting):
        if len(only) == 1:
            return only[0]
    raise UserError("import.which_base", file=file, names=names)


def _fitting(bases: Bases, file: str, header: FileHeader, asked: Base) -> list[Base]:
    """List the bases that could be drawn on, never none: then it raises why `asked` is not it."""
    fitting: list[Base] = []
    refusals: dict[str, JobFailed | UserError] = {}
    for base in bases:
        try:
            sort_layers(file, header, base.anatomy)
        except (JobFailed, UserError) as why:
            refusals[base.label] = why
        else:
            if base.refusal is None:
                fitting.append(base)
    if not fitting and asked.label in refusals:
        raise refusals[asked.label]
    return fitting or [asked]
