"""Discord's markdown in the transcript."""

import pytest

from bot.i18n import Texts
from bot.story.markup import Markup, relative

MARKUP = Markup(texts=Texts("en"), name_of=lambda user_id: f"user{user_id}", now_s=1_000.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "<p>plain</p>"),
        ("# Big", "<h2>Big</h2>"),
        ("-# faint", "<small>faint</small>"),
        ("- item", "<li>item</li>"),
        ("> said", "<blockquote>said</blockquote>"),
        ("**1.** *it* ~~no~~", "<p><b>1.</b> <i>it</i> <s>no</s></p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("red_hair_long", "<p>red_hair_long</p>"),
        ("`**raw** <b>`", "<p><code>**raw** &lt;b&gt;</code></p>"),
        ("```\n/a/b\n```", "<p><pre>\n/a/b\n</pre></p>"),
        ("for <@7>", '<p>for <span class="at">@user7</span></p>'),
        ("<#8>", '<p><span class="at">#drawings</span></p>'),
        ("<t:1120:R>", '<p><span class="when">in 2 minutes</span></p>'),
        ("[a](https://x.y)", '<p><a href="https://x.y">a</a></p>'),
        ("[a](javascript:x)", "<p>[a](javascript:x)</p>"),
    ],
)
def test_markdown_becomes_html(text: str, expected: str) -> None:
    assert MARKUP.html(text) == expected


def test_what_people_typed_cannot_become_a_tag() -> None:
    assert "<script>" not in MARKUP.html("**<script>alert(1)</script>**")


def test_a_members_name_cannot_become_a_tag() -> None:
    markup = Markup(texts=Texts("en"), name_of=lambda _user: "<img>", now_s=0)
    assert "<img>" not in markup.html("<@1>")


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (1, "in 1 second", "через 1 секунду"),
        (119, "in 2 minutes", "через 2 минуты"),
        (-5, "5 seconds ago", "5 секунд назад"),
        (7200, "in 2 hours", "через 2 часа"),
    ],
)
def test_distances_in_time_are_words(seconds: float, english: str, russian: str) -> None:
    assert relative(Texts("en"), seconds) == english
    assert relative(Texts("ru"), seconds) == russian
