"""What is made with a VAE needs one."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.builtin.codec import load_codec


def test_a_folder_without_a_vae_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make the VAE first"):
        load_codec(tmp_path)
