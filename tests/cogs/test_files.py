"""How an artist gets the file of their style, on a server that carries it and on one that won't."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import subprocess
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load
from simcord.results import InteractionResult, ResponseMessage

from bot.errors import UserError
from data.models import VersionId
from engine.lora.reading import read_header
from tests.cogs.world import (
    World,
    change_payloads,
    custom_ids,
    labels,
    last_answer,
    said_to,
    text_of,
    with_limit,
)

SHIPPED = Path(__file__).parents[2] / "data/assets/styles/ada.safetensors"
LIMIT = 600_000


async def styled(world: World, file: bytes | None = None) -> bytes:
    """Train a style, and let its file be a real one: the scripted engine's is four bytes."""
    await world.trained("ana", "Мира")
    data = SHIPPED.read_bytes() if file is None else file
    sha256 = await world.app.blobs.put_bytes(data)
    async with world.app.db.write() as tx:
        await tx.execute("UPDATE checkpoints SET style_sha256 = ?", (sha256,))
    return data


async def handed(world: World) -> bytes:
    """Read what the owner is given: the style's tensors as they are, and a picture."""
    job = await world.last_job()
    assert job.style is not None
    return (await world.app.sharing.style_file(job.style.id, job.job.owner_id)).path.read_bytes()


async def asked(world: World, name: str = "ana") -> InteractionResult:
    return await world.member(name).slash(world.channel, "style file", style="мира")


def answers(result: InteractionResult) -> list[ResponseMessage]:
    found = [result.response, *result.followups]
    return [answer for answer in found if answer is not None and answer.attachments]


async def attached(world: World, result: InteractionResult) -> dict[str, bytes]:
    """Download everything that an act was answered with."""
    return {
        one.filename: await one.read() for answer in answers(result) for one in answer.attachments
    }


async def test_a_file_that_fits_comes_with_how_to_use_it(world: World) -> None:
    stored = await styled(world)
    data = await handed(world)
    tensors, wanted = load(data), load(stored)
    assert all(torch.equal(tensors[name], tensor) for name, tensor in wanted.items())
    given = await asked(world)
    assert data in (await attached(world, given)).values()
    said = said_to(given)
    assert "models/loras" in said
    assert re.search(r"`<lora:Mira-v1-\d+:1>`", said)
    assert "begin the prompt with `score_7, score_6_up, score_5_up, score_4_up`" in said
    assert "Euler a, 20 steps, CFG 4, 128×128" in said
    assert "fits the built-in toy base alone" in said
    assert given.ephemeral or all(answer.ephemeral for answer in given.followups)


async def test_the_workflow_beside_it_names_the_file_and_the_first_sample(world: World) -> None:
    await styled(world)
    files = await attached(world, await asked(world))
    [name] = [one for one in files if one.endswith(".safetensors")]
    shown = json.loads(files[name.replace(".safetensors", "-comfyui.json")])["nodes"]
    fields = {node["type"]: node["widgets_values"] for node in reversed(shown)}
    assert fields["LoraLoader"][0] == name
    assert fields["KSampler"][:2] == [1000, "fixed"]
    assert fields["CLIPTextEncode"][0].startswith("score_7, score_6_up")


async def test_a_picture_of_it_comes_under_the_name_that_other_programs_look_for(
    world: World,
) -> None:
    await styled(world)
    given = await asked(world)
    files = await attached(world, given)
    [name] = [one for one in files if one.endswith(".safetensors")]
    cover = name.replace(".safetensors", ".preview.png")
    job = await world.last_job()
    sample = job.checkpoints[-1].sample_sha256s[0]
    assert files[cover] == await world.app.blobs.read(sample)
    assert f"keep `{cover}` beside the file" in said_to(given)


async def test_a_style_without_a_picture_comes_all_the_same(world: World) -> None:
    data = await styled(world)
    async with world.app.db.write() as tx:
        await tx.execute("UPDATE checkpoints SET sample_sha256s = '[]'")
    files = await attached(world, await asked(world))
    assert data in files.values()
    assert not any(name.endswith(".png") for name in files)


async def test_an_artist_without_a_page_chooses_between_parts_and_a_smaller_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await styled(world)
    with_limit(monkeypatch, LIMIT)
    given = await asked(world)
    said = said_to(given)
    assert "The file of **Мира** is 2.3 MB, and Discord takes 0.6 MB here." in said
    assert "cut into 4 parts" in said
    assert labels(last_answer(given)) == ["In parts", "Smaller file"]


async def test_joined_parts_are_the_file_byte_for_byte(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As an artist on a server without boosts does it: save all, run the line that is shown."""
    await styled(world)
    data = await handed(world)
    with_limit(monkeypatch, LIMIT)
    choice = last_answer(await asked(world))
    given = await world.member("ana").click(choice, label="In parts")
    files = await attached(world, given)
    parts = {name: part for name, part in files.items() if re.search(r"\.\d{3}$", name)}
    assert len(parts) == 4
    assert all(len(part) < LIMIT for part in parts.values())
    for name, part in parts.items():
        (tmp_path / name).write_bytes(part)
    said = said_to(given)
    command = re.search(r"^cat .*$", said, re.MULTILINE)
    assert command is not None
    join = partial(subprocess.run, ["sh", "-c", command[0]], cwd=tmp_path, check=True)
    await asyncio.to_thread(join)
    [joined] = tmp_path.glob("*.safetensors")
    assert joined.read_bytes() == data
    assert hashlib.sha256(data).hexdigest() in said
    windows = re.search(r"^copy /b (\S+) (\S+)$", said, re.MULTILINE)
    assert windows is not None
    assert b"".join((tmp_path / name).read_bytes() for name in windows[1].split("+")) == data
    assert windows[2] == joined.name
    assert len(said) < 2000


async def test_more_parts_than_a_message_takes_come_in_several(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At Discord's own limit for a server without boosts: 10 MiB a file, 25 MiB a message."""
    data = await styled(world, file=random.Random(1).randbytes(32_000_000))
    with_limit(monkeypatch, 10 * 1024 * 1024)
    choice = last_answer(await asked(world))
    assert "cut into 4 parts" in text_of(choice)
    given = await world.member("ana").click(choice, label="In parts")
    sent = [
        [one for one in answer.attachments if re.search(r"\.\d{3}$", one.filename)]
        for answer in answers(given)
    ]
    assert [len(one) for one in sent] == [2, 2]
    assert all(answer.ephemeral for answer in answers(given))
    joined = [await part.read() for message in sent for part in message]
    assert b"".join(joined) == data


async def test_a_smaller_file_fits_and_says_what_it_keeps(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await styled(world)
    with_limit(monkeypatch, LIMIT)
    choice = last_answer(await asked(world))
    given = await world.member("ana").click(choice, label="Smaller file")
    files = await attached(world, given)
    [name] = [one for one in files if one.endswith("-small.safetensors")]
    assert LIMIT * 0.9 < len(files[name]) <= LIMIT
    assert len(load(files[name])) == 2 * len(read_header(SHIPPED).tensors) / 3
    said = said_to(given)
    assert "0.6 MB instead of 2.3 MB" in said
    assert re.search(r"It keeps 9[78]\.?\d? % of", said), said
    assert f"`<lora:{name.removesuffix('.safetensors')}:1>`" in said


async def test_what_cannot_be_made_smaller_comes_in_parts_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await styled(world, file=b"no LoRA at all" * 100_000)
    with_limit(monkeypatch, LIMIT)
    choice = last_answer(await asked(world))
    assert labels(choice) == ["In parts"]
    version_id = custom_ids(choice)[0].rsplit(":", 1)[1]
    assert version_id
    given = await world.member("ana").click(choice, label="In parts")
    assert len(await attached(world, given)) == 5  # three parts, the workflow and the picture


async def test_only_the_artist_gets_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else sees the buttons; whoever forges a press is asked who they are as well."""
    await styled(world)
    with_limit(monkeypatch, LIMIT)
    choice = last_answer(await asked(world))
    [version_id, _] = [one.rsplit(":", 1)[1] for one in custom_ids(choice)]
    with pytest.raises(UserError) as refusal:
        await world.app.deliveries.of_version(VersionId(version_id), world.owner_id("bo"))
    assert refusal.value.key == "style.not_yours"
    refused = await asked(world, "bo")
    assert await attached(world, refused) == {}


async def test_the_buttons_work_where_the_file_fits_after_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server was boosted meanwhile."""
    await styled(world)
    data = await handed(world)
    with monkeypatch.context() as patch:
        with_limit(patch, LIMIT)
        choice = last_answer(await asked(world))
    for label in ("In parts", "Smaller file"):
        given = await world.member("ana").click(choice, label=label)
        assert data in (await attached(world, given)).values()


async def test_the_longest_name_fits_into_a_message_in_russian(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter that becomes four in the file's name, 32 of them, and ten parts of it."""
    await styled(world)
    async with world.app.db.write() as tx:
        await tx.execute("UPDATE styles SET name = ?", ("щ" * 32,))
    change_payloads(monkeypatch, attachment_size_limit=260_000, locale="ru")
    given = await world.member("ana").slash(world.channel, "style file", style="щ" * 32)
    choice = last_answer(given)
    assert "весит 2.3 МБ" in text_of(choice)
    assert labels(choice) == ["Частями", "Файл поменьше"]
    for label, says in (("Частями", "9 частей"), ("Файл поменьше", "той же силы")):
        given = await world.member("ana").click(choice, label=label)
        said = text_of(answers(given)[0])
        assert says in said
        assert len(said) <= 2000, len(said)
