"""A headless Chromium for tests of the page: Debian's own, by playwright."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CHROMIUM = Path(os.getenv("CHROMIUM", "/usr/bin/chromium"))


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, for the time of a `with`.

    Without one the test is skipped; in CI (CI=true) its absence is a failure.
    """
    if not CHROMIUM.exists():
        message = f"no {CHROMIUM}: apt-get install chromium, or name one by CHROMIUM"
        if os.getenv("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not without one

    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"]
        )
        try:
            yield browser
        finally:
            browser.close()
