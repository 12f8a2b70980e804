"""What a base predicts, and of which noise: from its weights, its family, or what it says."""

from __future__ import annotations

from dataclasses import dataclass

from engine.base.families import Family
from engine.base.place import BasePlace
from engine.base.signs import VELOCITY, Signs, read_scheduler, read_signs
from engine.errors import JobFailed
from engine.sampling.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Noising:
    """How a base was trained to see noise."""

    prediction: Prediction
    #: whether the last training step is noise alone (zero terminal SNR)
    to_pure_noise: bool


def noising_of(place: BasePlace, family: Family, *, is_named: bool) -> Noising:
    """Decide what a base predicts.

    Marks in the weights win; then a family of velocity that the host named; then what the file or
    the scheduler says; then the family. JobFailed `engine.base_prediction` for what is unknown:
    its pictures would come out as noise, and a style trained on it would be one of noise.
    """
    signs = _signs(place)
    if is_named and family.prediction == VELOCITY and not signs.is_marked:
        signs = Signs(prediction=family.prediction, to_pure_noise=family.to_pure_noise)
    prediction = signs.prediction or family.prediction
    if prediction not in set(Prediction):
        raise JobFailed("engine.base_prediction", base=place.name, prediction=prediction)
    to_pure_noise = signs.to_pure_noise
    if to_pure_noise is None:
        to_pure_noise = family.to_pure_noise and prediction == family.prediction
    return Noising(Prediction(prediction), to_pure_noise=to_pure_noise)


def _signs(place: BasePlace) -> Signs:
    signs = read_signs(place.path)
    if place.is_file and place.is_own_config and signs.prediction is None:
        return read_scheduler(place.config)
    return signs
