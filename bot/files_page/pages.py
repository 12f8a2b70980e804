"""What a browser is shown: small pages without scripts, pictures or anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import Final

from bot.files_page.tickets import LIFE_S, FileTicket, UploadTicket
from bot.i18n import Texts
from bot.services.datasets import IntakeReport

_MB: Final = 1024 * 1024
_MOST_REFUSED: Final = 50
_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1.0625rem/1.5 system-ui,sans-serif;max-width:34rem}"
    "body{margin:10vh auto;padding:0 1.25rem}"
    "h1{font-size:1.5rem;line-height:1.25;overflow-wrap:anywhere}"
    "code{font-size:.8125rem;overflow-wrap:anywhere}"
    "button,input{font:inherit;max-width:100%}"
    "button{padding:.625rem 1.25rem;border:0;border-radius:.5rem;background:#4752c4;color:#fff}"
    "button:focus-visible{outline:3px solid #8ea1ff;outline-offset:2px}"
    ".small{font-size:.875rem;opacity:.75}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: Sent with every answer. A link is a secret: no other site, cache or search may learn it.
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def file_page(ticket: FileTicket) -> str:
    """Show what can be taken; the file itself comes by the button, once."""
    texts = Texts(ticket.locale)
    size = texts.say("page.size", size=_rounded(ticket.size_bytes))
    form = f'<form method="post"><button>{_said(texts, "page.download")}</button></form>'
    body = (
        f"<p>{escape(size)}</p>{form}{_note(texts, 'page.once')}"
        f'<p class="small">SHA-256<br><code>{escape(ticket.sha256)}</code></p>'
    )
    return _page(texts, ticket.file_name, body)


def upload_page(ticket: UploadTicket, most_mb: int) -> str:
    """Show the form that takes drawings."""
    texts = Texts(ticket.locale)
    label = f'<label for="files">{_said(texts, "page.choose", most=most_mb)}</label>'
    form = (
        f'<form method="post" enctype="multipart/form-data"><p>{label}</p>'
        '<p><input id="files" type="file" name="files" multiple required></p>'
        f"<p><button>{_said(texts, 'page.send')}</button></p></form>"
    )
    return _page(texts, texts.say("page.upload", style=ticket.style), form + _own_work(texts))


def taken_page(ticket: UploadTicket, report: IntakeReport) -> str:
    """Tell what became of the files."""
    texts = Texts(ticket.locale)
    kept = texts.say("train.kept", count=len(report.drawings))
    taken = texts.say("train.accepted", count=len(report.accepted))
    lines = [
        f"{one.file_name}: {texts.say(one.key, **one.facts)}"
        for one in report.refused[:_MOST_REFUSED]
    ]
    body = f"<p>{escape(taken)} {escape(kept)}</p>"
    if lines:
        heading = texts.say("train.refused", count=len(report.refused))
        body += f"<p>{escape(heading)}</p>{_list(lines)}"
    return _page(texts, texts.say("page.upload", style=ticket.style), body + _back(texts))


def sentence_page(texts: Texts, sentence: str) -> str:
    """Say one sentence."""
    return _page(texts, "Ownhand", f"<p>{escape(sentence)}</p>")


def _page(texts: Texts, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{texts.language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )


def _said(texts: Texts, key: str, **facts: int) -> str:
    return escape(texts.say(key, **facts))


def _note(texts: Texts, key: str) -> str:
    return f'<p class="small">{_said(texts, key, minutes=LIFE_S // 60)}</p>'


def _own_work(texts: Texts) -> str:
    return _note(texts, "page.own_work") + _note(texts, "page.once")


def _back(texts: Texts) -> str:
    return f"<p>{_said(texts, 'page.back')}</p>"


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _rounded(size_bytes: int) -> str:
    return f"{max(size_bytes / _MB, 0.1):.1f}"
