"""Prompts are encoded as diffusers and ComfyUI do."""

# diffusers, peft and transformers export lazily and annotate loosely.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionXLPipeline

from engine.base.encoding import EncodedText, TextEncoding, stacked, tokenize_with
from engine.base.loading import LoadedBase
from engine.base.windows import windows


@pytest.fixture(scope="module")
def pipeline(tiny_base_folder: Path) -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline.from_pretrained(tiny_base_folder, dtype=torch.float32)


@pytest.mark.parametrize("prompt", ["", "red fox", "a cat, with a hat"])
def test_a_short_prompt_equals_diffusers(
    tiny_base: LoadedBase, pipeline: StableDiffusionXLPipeline, prompt: str
) -> None:
    ours = TextEncoding(tiny_base.text.encoders).encode(prompt)
    theirs = pipeline.encode_prompt(prompt=prompt, do_classifier_free_guidance=False)
    torch.testing.assert_close(ours.text, theirs[0], rtol=0, atol=1e-6)
    torch.testing.assert_close(ours.pooled, theirs[2], rtol=0, atol=1e-6)


def test_an_empty_prompt_is_encoded_not_zeroed(tiny_base: LoadedBase) -> None:
    assert TextEncoding(tiny_base.text.encoders).encode("").text.abs().min() > 0


def test_a_text_is_encoded_once(tiny_base: LoadedBase) -> None:
    encoding = TextEncoding(tiny_base.text.encoders)
    assert encoding.encode("cat") is encoding.encode("cat")
    encoding.encode("fox")
    assert encoding.calls == 2


def test_the_cache_forgets_the_oldest(tiny_base: LoadedBase) -> None:
    encoding = TextEncoding(tiny_base.text.encoders, remembered=2)
    for prompt in ("a", "b", "a", "c", "a"):
        encoding.encode(prompt)
    assert encoding.calls == 3
    encoding.encode("b")
    assert encoding.calls == 4


def test_a_long_prompt_takes_more_windows(tiny_base: LoadedBase) -> None:
    encoded = TextEncoding(tiny_base.text.encoders).encode("cat " * 80)
    assert encoded.text.shape == (1, 154, 32)


def test_pooled_is_the_first_windows(tiny_base: LoadedBase) -> None:
    encoding = TextEncoding(tiny_base.text.encoders)
    long, short = encoding.encode("cat " * 80), encoding.encode("cat " * 75)
    torch.testing.assert_close(long.pooled, short.pooled, rtol=0, atol=1e-6)
    torch.testing.assert_close(long.text[:, :77], short.text, rtol=0, atol=1e-6)


def lengths(base: LoadedBase, *said: tuple[str, float]) -> list[int]:
    tokenize = tokenize_with(base.text.encoders.tokenizer)
    return [len(window) for window in windows(tokenize, said, room=75)]


def test_a_text_is_split_where_the_edge_falls(tiny_base: LoadedBase) -> None:
    # 73 words of one token leave room for two; `abc` is three letters, three tokens.
    assert lengths(tiny_base, ("cat " * 73 + "abc fox", 1.0)) == [75, 2]


def test_a_short_text_of_its_own_weight_is_not_split(tiny_base: LoadedBase) -> None:
    assert lengths(tiny_base, ("cat " * 73, 1.0), ("abc", 1.5), ("fox", 1.0)) == [73, 4]


def test_a_long_text_of_its_own_weight_fills_the_window(tiny_base: LoadedBase) -> None:
    assert lengths(tiny_base, ("cat " * 73, 1.0), ("abcdefghij", 1.5)) == [75, 8]


def test_old_rules_split_no_short_word(tiny_base: LoadedBase) -> None:
    encoding = TextEncoding(tiny_base.text.encoders)
    prompt = "cat " * 73 + "abc fox"
    old = encoding.encode(prompt, keep_words=True).text
    first, second = encoding.encode("cat " * 73).text, encoding.encode("abc fox").text
    torch.testing.assert_close(old, torch.cat([first, second], dim=1), rtol=0, atol=1e-6)
    assert not torch.equal(old, encoding.encode(prompt).text)


def test_unequal_lengths_are_repeated_to_the_common_one() -> None:
    def encoded(count: int) -> EncodedText:
        text = torch.arange(count * 77).reshape(1, -1, 1).float()
        return EncodedText(prompt="", text=text, pooled=torch.zeros(1, 2))

    text, pooled = stacked([encoded(2), encoded(3)])
    assert text.shape == (2, 6 * 77, 1)
    assert pooled.shape == (2, 2)
    assert torch.equal(text[0, : 2 * 77], text[0, 4 * 77 :])


def test_the_second_encoder_is_padded_with_zero(tiny_base: LoadedBase) -> None:
    encoders = tiny_base.text.encoders
    other = dataclasses.replace(encoders, tokenizer_2=encoders.tokenizer)  # pads with the end
    ours, same = TextEncoding(encoders).encode("cat"), TextEncoding(other).encode("cat")
    torch.testing.assert_close(ours.text, same.text)


def by_hand(base: LoadedBase, words: str, empty: str, shares: dict[int, float]) -> torch.Tensor:
    """Move single tokens' vectors away from the empty prompt's."""
    encoding = TextEncoding(base.text.encoders)
    told, nothing = encoding.encode(words).text.clone(), encoding.encode(empty).text
    for place, share in shares.items():
        told[:, place] = (told[:, place] - nothing[:, place]) * share + nothing[:, place]
    return told


def test_weights_move_a_tokens_vector_from_the_empty_prompts(tiny_base: LoadedBase) -> None:
    # the start token, cat, fox, red
    got = TextEncoding(tiny_base.text.encoders).encode("cat (fox:1.5) ((red))")
    wanted = by_hand(tiny_base, "cat fox red", "", {2: 1.5, 3: 1.1 * 1.1})
    torch.testing.assert_close(got.text, wanted, rtol=0, atol=1e-6)


def test_weights_leave_the_pooled_output_alone(tiny_base: LoadedBase) -> None:
    encoding = TextEncoding(tiny_base.text.encoders)
    got, plain = encoding.encode("(cat:1.5) fox").pooled, encoding.encode("cat fox").pooled
    torch.testing.assert_close(got, plain, rtol=0, atol=1e-6)


def test_weight_zero_leaves_the_empty_prompts_vectors(tiny_base: LoadedBase) -> None:
    got = TextEncoding(tiny_base.text.encoders).encode("(cat fox:0)").text
    wanted = by_hand(tiny_base, "cat fox", "", {1: 0.0, 2: 0.0})
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-6)


def test_weights_reach_into_the_next_window(tiny_base: LoadedBase) -> None:
    got = TextEncoding(tiny_base.text.encoders).encode("cat " * 76 + "(fox:1.5)").text
    encoding = TextEncoding(tiny_base.text.encoders)
    told, empty = encoding.encode("cat " * 76 + "fox").text.clone(), encoding.encode("").text
    told[:, 77 + 2] = (told[:, 77 + 2] - empty[:, 2]) * 1.5 + empty[:, 2]
    torch.testing.assert_close(got, told, rtol=0, atol=1e-6)


def test_break_puts_windows_of_their_own_side_by_side(tiny_base: LoadedBase) -> None:
    # What ComfyUI's ConditioningConcat does; the first text's pooled output stays.
    encoding = TextEncoding(tiny_base.text.encoders)
    got = encoding.encode("red cat BREAK (fox:1.5)")
    first, second = encoding.encode("red cat"), encoding.encode("(fox:1.5)")
    torch.testing.assert_close(got.text, torch.cat([first.text, second.text], dim=1))
    torch.testing.assert_close(got.pooled, first.pooled)


def test_captions_have_no_marks(tiny_base: LoadedBase) -> None:
    # A drawing tagged `mina (series)` is not one with more of the series in it.
    encoding = TextEncoding(tiny_base.text.encoders)
    for caption, same in (("(cat) fox", r"\(cat\) fox"), ("cat BREAK fox", "cat break fox")):
        wanted = encoding.encode(same).text
        torch.testing.assert_close(encoding.encode_once(caption, most=3).text, wanted)
