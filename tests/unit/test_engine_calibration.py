import numpy as np
import pytest

from instruct_ui.engine.calibration import calibrated, probabilities


def test_probabilities_sum_to_one_for_very_small_scores() -> None:
    found = probabilities(np.array([[-2000.0, -2000.0 + np.log(3)]]))
    assert found[0] == pytest.approx([0.25, 0.75])


def test_calibration_is_the_inverse_of_the_blank_probabilities() -> None:
    scores, blank = np.log([[0.6, 0.3, 0.1]]), np.log([0.7, 0.2, 0.1])
    weighted = np.array([0.6 / 0.7, 0.3 / 0.2, 0.1 / 0.1])
    assert calibrated(scores, blank)[0] == pytest.approx(weighted / weighted.sum())


def test_a_blank_row_calibrated_on_itself_is_even() -> None:
    blank = np.array([-1.0, -9.0, -30.0])
    assert calibrated(blank[None], blank)[0] == pytest.approx([1 / 3] * 3)


def test_a_long_word_is_not_punished_for_its_length() -> None:
    scores, blank = np.array([[-2.0, -12.0]]), np.array([-2.0, -14.0])
    assert probabilities(scores)[0].argmax() == 0
    assert calibrated(scores, blank)[0].argmax() == 1
