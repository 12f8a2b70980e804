"""The transcript's frame: one HTML file without anything from outside."""

from __future__ import annotations

import html
from typing import Final

from bot.i18n import Texts

STYLE: Final = """
:root { color-scheme: dark }
* { box-sizing: border-box }
body { margin: 0; background: #313338; color: #dbdee1; font: 16px/1.4 system-ui, sans-serif }
main { max-width: 760px; margin: 0 auto; padding: 16px 12px 64px }
header p { color: #b5bac1 }
h1 { font-size: 1.6rem; margin: 8px 0 }
h2 { font-size: 1.25rem; margin: 0 0 4px } h3 { font-size: 1.1rem; margin: 0 0 4px }
h4 { font-size: 1rem; margin: 0 0 4px } h5 { font-size: .85rem; margin: 8px 0 2px }
p { margin: 0; min-height: .7em; overflow-wrap: anywhere }
li { margin-left: 20px } small { color: #949ba4; display: block }
blockquote { margin: 0; padding-left: 10px; border-left: 4px solid #4e5058 }
pre, code { background: #2b2d31; border-radius: 4px; font-size: .875em }
pre { padding: 8px; overflow-x: auto } code { padding: 1px 4px }
a { color: #00a8fc } hr { border: 0; border-top: 1px solid #4e5058; margin: 8px 0; width: 100% }
.scene { display: flex; align-items: center; gap: 12px; margin: 40px 0 8px; font-weight: 600 }
.scene::after { content: ""; flex: 1; border-top: 1px solid #4e5058 }
.told { color: #949ba4; font-size: .9rem; padding: 4px 0 4px 52px }
.message { display: flex; gap: 12px; margin: 14px 0 }
.message > div:last-child { min-width: 0; flex: 1 }
.face { width: 40px; height: 40px; border-radius: 50%; flex: none; display: grid;
  place-items: center; color: #fff; font-weight: 700 }
.who b { color: #fff } .who i { font-style: normal; color: #949ba4; font-size: .75rem;
  margin-left: 6px }
.who em { font-style: normal; background: #5865f2; color: #fff; border-radius: 3px;
  font-size: .65rem; padding: 1px 4px; margin-left: 5px }
.did { color: #b5bac1; font-style: italic }
.only { color: #949ba4; font-size: .8rem }
.card { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 10px 14px;
  margin: 6px 0; max-width: 560px; display: grid; gap: 6px }
.section { display: flex; justify-content: space-between; gap: 12px }
.thumb img { width: 80px; border-radius: 6px }
.gallery { display: grid; gap: 4px; margin: 6px 0; max-width: 520px }
.gallery.n2, .gallery.n3, .gallery.n4 { grid-template-columns: 1fr 1fr }
.gallery.n1 { max-width: 384px }
.gallery img { width: 100%; border-radius: 6px; display: block }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin: 6px 0 }
.button, .select { border-radius: 4px; padding: 5px 14px; font-size: .875rem; background: #4e5058;
  color: #fff }
.primary { background: #5865f2 } .success { background: #248046 } .danger { background: #da373c }
.disabled { opacity: .5 }
.file { background: #2b2d31; border: 1px solid #3f4147; border-radius: 6px; padding: 10px;
  margin: 4px 0; display: inline-block }
.reactions { display: flex; gap: 6px; flex-wrap: wrap; margin-top: 4px }
.reactions span { background: #2b2d31; border: 1px solid #3f4147; border-radius: 8px;
  padding: 1px 7px; font-size: .9rem }
.reactions .mine { border-color: #5865f2; background: #373a53 }
.at { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px }
.when { background: #3f4147; border-radius: 3px; padding: 0 2px }
.lost { color: #949ba4; border: 1px dashed; padding: 20px }
"""
FACES: Final = ("#5865f2", "#eb459e", "#3ba55c", "#faa61a", "#ed4245", "#9b59b6")


def page(texts: Texts, entries: str) -> str:
    """Return the whole file."""
    name, lead = html.escape(texts.say("story.title")), html.escape(texts.say("story.lead"))
    return (
        f'<!doctype html><html lang="{texts.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{STYLE}</style></head><body><main>"
        f"<header><h1>{name}</h1><p>{lead}</p></header>{entries}"
        "</main></body></html>\n"
    )


def scene(title: str) -> str:
    """Return the line between two scenes."""
    return f'<div class="scene">{html.escape(title)}</div>'


def told(text: str) -> str:
    """Return a line of the narrator."""
    return f'<div class="told">{html.escape(text)}</div>'


def message(
    who: str, when: str, body: str, *, face: str = "", bot: bool = False, hidden: str = ""
) -> str:
    """Return one chat message; `face` is a data URI, `hidden` says who alone can see it."""
    colour = FACES[0] if bot else FACES[1 + sum(who.encode()) % (len(FACES) - 1)]
    badge = "<em>APP</em>" if bot else ""
    note = f'<div class="only">{html.escape(hidden)}</div>' if hidden else ""
    portrait = (
        f'<img class="face" src="{face}" alt="">'
        if face
        else f'<div class="face" style="background:{colour}">{html.escape(who[:1])}</div>'
    )
    return (
        f'<div class="message">{portrait}<div>'
        f'<div class="who"><b>{html.escape(who)}</b>{badge}<i>{html.escape(when)}</i></div>'
        f"{body}{note}</div></div>"
    )
