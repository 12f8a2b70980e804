"""Someone in the playground's page, for the scripts that use it as people do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page

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
