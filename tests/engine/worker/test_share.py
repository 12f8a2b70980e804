"""Time is divided as asked while both kinds want it, and nobody pays for having been alone."""

from __future__ import annotations

import pytest

from engine.worker.share import Share


def divided(share: Share, steps: int, *, draw_s: float, training_s: float) -> list[str]:
    """Let both kinds want every step; return whose each was."""
    order: list[str] = []
    for _ in range(steps):
        training = share.training_next
        order.append("t" if training else "d")
        share.spent(training_s if training else draw_s, training=training, both=True)
    return order


@pytest.mark.parametrize(("asked", "draw_s", "training_s"), [(0.3, 0.1, 0.65), (0.5, 1.0, 0.2)])
def test_trainings_get_their_share(asked: float, draw_s: float, training_s: float) -> None:
    order = divided(Share(asked), 2000, draw_s=draw_s, training_s=training_s)
    training = order.count("t") * training_s
    whole = training + order.count("d") * draw_s
    # Two training steps never follow each other, so one alternating is the most there is.
    most = training_s / (training_s + draw_s)
    assert training / whole == pytest.approx(min(asked, most), abs=0.01)
    assert "tt" not in "".join(order)


def test_who_was_alone_owes_nothing() -> None:
    share = Share(0.3)
    for _ in range(100):
        share.spent(5.0, training=True, both=False)
    share.spent(0.1, training=False, both=True)
    assert share.training_next
    for _ in range(100):
        share.spent(5.0, training=False, both=False)
    order = divided(share, 20, draw_s=0.1, training_s=0.1)
    assert 4 <= order.count("t") <= 8


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_a_share_leaves_something_to_both(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Share(share)
