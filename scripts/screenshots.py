"""Use the playground in a real browser as a newcomer would, and keep a picture of every step.

    pip install playwright        (its own browsers are not needed)
    python scripts/screenshots.py --out shots --width 1280 --chromium /usr/bin/chromium

It starts `python -m bot playground` itself. The figures that it prints are seconds since the page
was opened.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/#\S+")
HEIGHTS = {390: 844}
DRAW_MS, TRAIN_MS = 120_000, 600_000
#: Pictures out of sight may wait until they are scrolled to.
LOADED = """() => [...document.querySelectorAll("#channel-message-list img")].every((image) => {
  const box = image.getBoundingClientRect();
  return image.naturalWidth || box.bottom < 0 || box.top > innerHeight;
})"""


class Visitor:
    """Someone who opened the page."""

    def __init__(self, page: Page, out: Path) -> None:
        self.page = page
        self.out = out
        self.width = page.viewport_size["width"] if page.viewport_size else 0
        self.began = time.monotonic()
        self.shots = 0

    def shot(self, name: str) -> None:
        """Keep what the page shows now."""
        self.shots += 1
        self.page.wait_for_function(LOADED, timeout=20_000)
        path = self.out / f"{self.width}-{self.shots:02}-{name}.png"
        self.page.screenshot(path=path)
        print(f"{time.monotonic() - self.began:7.1f} s  {path}", flush=True)

    def settle(self) -> None:
        """Wait until the page has taken in what was done."""
        self.page.wait_for_function("window.simcordPreview?.ready === true", timeout=60_000)

    def command(self, text: str) -> None:
        """Type a slash command as one does: name, Enter, then option by option."""
        name, *options = text.split("|")
        self.page.locator("#channel-composer-input").click()
        self.page.keyboard.type(name, delay=20)
        self.page.wait_for_timeout(600)
        self.send()
        for option in options:
            key, value = option.split("=", 1)
            self._option(key, value)

    def _option(self, key: str, value: str) -> None:
        """Fill in one option; `@PATH` chooses a file for it."""
        field = self.page.locator(f'[data-option="{key}"]')
        if not field.count():
            self.page.locator(".command-ghost").click()
            self.page.wait_for_timeout(400)
            self.page.locator(".command-suggestion", has_text=key).first.click()
            self.page.wait_for_timeout(300)
        if value.startswith("@"):
            self.page.locator(f'input[type=file][data-option="{key}"]').set_input_files(value[1:])
            return
        field.first.click()
        self.page.keyboard.type(value, delay=10)

    def send(self) -> None:
        """Send what was typed."""
        self.page.wait_for_timeout(300)
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(500)

    def button(self, label: str) -> Locator:
        """Find the newest button with this label."""
        return self.page.locator("#channel-message-list button", has_text=label).last

    def press(self, label: str) -> None:
        """Press the newest button with this label."""
        self.button(label).scroll_into_view_if_needed()
        self.button(label).click()
        self.page.wait_for_timeout(700)

    def submit(self) -> None:
        """Send the window and wait for what comes of it."""
        self.page.locator(".modal-dialog button", has_text="Submit").click()
        self.page.locator(".modal-dialog").wait_for(state="hidden", timeout=120_000)
        self.settle()
        self.page.wait_for_timeout(1500)
        self.to_bottom()

    def newest(self) -> Locator:
        """Find the newest message."""
        return self.page.locator("#channel-message-list > *").last

    @contextmanager
    def new_pictures(self, timeout_ms: int) -> Iterator[None]:
        """Wait until what is done inside has brought a message that asks for votes."""
        messages = self.page.locator("#channel-message-list > *")
        nth = messages.count()
        yield
        messages.nth(nth).locator("[class*=reaction]").first.wait_for(timeout=timeout_ms)
        self.to_bottom()

    def shots_of_newest(self, name: str) -> None:
        """Scroll through the newest message, and keep every picture of it."""
        pictures = self.newest().locator("img[alt]:not([alt=''])")
        for number in range(pictures.count()):
            # Playwright's own scrolling waits for ever for a picture that moves.
            pictures.nth(number).evaluate("(image) => image.scrollIntoView({block: 'center'})")
            self.page.wait_for_timeout(500)
            self.shot(f"{name}-{number + 1}")
        self.to_bottom()

    def reactions(self) -> Locator:
        """Find the reactions under the newest message."""
        return self.newest().locator("[class*=reaction] button, button[class*=reaction]")

    def wait_reactions(self, timeout_ms: int) -> None:
        """Wait until the newest message asks for votes."""
        self.reactions().first.wait_for(timeout=timeout_ms)

    def wait_text(self, text: str, timeout_ms: int) -> None:
        """Wait until a message says this."""
        found = self.page.locator("#channel-message-list", has_text=text)
        found.wait_for(timeout=timeout_ms)

    def to_bottom(self) -> None:
        """Scroll to the newest message."""
        self.page.evaluate("document.querySelector('#channel-timeline').scrollTo(0, 1e9)")
        self.page.wait_for_timeout(700)

    def fill_window(self, files: list[Path]) -> None:
        """Drop files into the window's upload fields, ten in each, and send it."""
        fields = self.page.locator(".modal-dialog input[type=file]")
        for number in range(fields.count()):
            some = files[number * 10 : number * 10 + 10]
            if some:
                fields.nth(number).set_input_files([str(path) for path in some])
                self.page.wait_for_timeout(400)


def welcome(visitor: Visitor, _drawings: list[Path]) -> None:
    """Read the card and press an example."""
    visitor.page.locator("#channel-message-list", has_text="Welcome").wait_for(timeout=60_000)
    visitor.settle()
    visitor.shot("welcome")
    visitor.to_bottom()
    visitor.shot("welcome-bottom")
    with visitor.new_pictures(DRAW_MS):
        visitor.press("cat, orange fur")
        visitor.to_bottom()
        visitor.shot("example-pressed")
    print(f"{time.monotonic() - visitor.began:7.1f} s  first pictures", flush=True)
    visitor.shot("example-drawn")
    visitor.page.wait_for_timeout(8000)
    visitor.to_bottom()
    visitor.shot("house-members-voted")


def hand_over(visitor: Visitor, drawings: list[Path]) -> None:
    """Give 20 and 16 drawings through the window."""
    visitor.command("/train|name=mira")
    visitor.shot("train-typed")
    visitor.send()
    visitor.page.locator(".modal-dialog").wait_for(timeout=20_000)
    visitor.shot("train-window")
    visitor.fill_window(drawings[:20])
    visitor.shot("train-window-filled")
    visitor.submit()
    visitor.shot("train-card")
    visitor.press("Add more")
    visitor.page.locator(".modal-dialog").wait_for(timeout=20_000)
    visitor.fill_window(drawings[20:])
    visitor.submit()
    visitor.shot("train-card-full")


def train(visitor: Visitor, _drawings: list[Path]) -> None:
    """Train in the open, and share."""
    visitor.press("Start")
    visitor.to_bottom()
    visitor.shot("train-where")
    visitor.press("Train in the open")
    began = time.monotonic()
    visitor.page.wait_for_timeout(5000)
    visitor.to_bottom()
    visitor.shot("train-begun")
    visitor.page.wait_for_timeout(45_000)
    visitor.to_bottom()
    visitor.shot("train-live")
    visitor.wait_text("mira is ready", TRAIN_MS)
    print(f"{time.monotonic() - began:7.1f} s  for the training", flush=True)
    visitor.page.wait_for_timeout(1500)
    visitor.to_bottom()
    visitor.shot("train-done")
    visitor.shots_of_newest("train-done")
    visitor.press("Let this server draw with it")
    visitor.page.wait_for_timeout(1000)
    visitor.to_bottom()
    visitor.shot("train-shared")


def draw(visitor: Visitor, _drawings: list[Path]) -> None:
    """Draw by command, vote, ask for more of one picture, and look at the gallery."""
    visitor.command("/draw|prompt=1girl, red hair, green dress, smile, forest|score=7")
    visitor.shot("draw-typed")
    visitor.send()
    visitor.to_bottom()
    visitor.shot("draw-sent")
    visitor.wait_reactions(DRAW_MS)
    visitor.page.wait_for_timeout(8000)
    visitor.to_bottom()
    visitor.shot("draw-done")
    visitor.reactions().first.click()
    visitor.page.wait_for_timeout(1500)
    visitor.shot("reacted")
    with visitor.new_pictures(DRAW_MS):
        visitor.press("U1")
    visitor.shot("larger")
    visitor.press("⋯")
    visitor.to_bottom()
    visitor.shot("panel")
    with visitor.new_pictures(DRAW_MS):
        # a little, a lot, and "I could have drawn this": a number each
        visitor.newest().get_by_role("button", name="1", exact=True).nth(1).click()
    visitor.shot("varied")
    visitor.command("/gallery")
    visitor.send()
    visitor.page.wait_for_timeout(3000)
    visitor.to_bottom()
    visitor.shot("gallery")
    visitor.shots_of_newest("gallery")


PARTS = {"welcome": welcome, "hand_over": hand_over, "train": train, "draw": draw}


@contextmanager
def playground() -> Iterator[str]:
    """Run the playground; yield its address."""
    command = [sys.executable, "-u", "-m", "bot", "playground", "--no-browser"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "LANG": "en_US"}
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the playground has no output")
        for line in process.stdout:
            print(f"         {line}", end="", flush=True)
            if found := ADDRESS.search(line):
                yield found[0]
                return
        raise SystemExit("the playground did not open")
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    """Run the whole visit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("shots"))
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--url", help="a playground that runs already")
    parser.add_argument("--files", type=Path, help="a folder to hand over instead of the sample's")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument(
        "parts", nargs="*", default=list(PARTS), metavar="PART", help=str(list(PARTS))
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    artist = next(path for path in sorted((ROOT / "data/assets/artists").iterdir()))
    drawings = sorted(options.files.iterdir()) if options.files else sorted(artist.glob("*.png"))
    size = {"width": options.width, "height": HEIGHTS.get(options.width, 900)}
    opened = nullcontext(options.url) if options.url else playground()
    with opened as url, sync_playwright() as browsers:
        args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = browsers.chromium.launch(executable_path=options.chromium, args=args)
        page = browser.new_page(viewport=size, bypass_csp=True)
        page.on("pageerror", lambda error: print(f"         page error: {error}"))
        visitor = Visitor(page, options.out)
        page.goto(url)
        for part in options.parts:
            PARTS[part](visitor, drawings)
        browser.close()


if __name__ == "__main__":
    main()
