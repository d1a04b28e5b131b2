import keras
import numpy as np

from tfcluster.training import KeepBest


def play(evaluations):
    """The weight that is kept when the weight is the number of the evaluation."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.n_clusters = 3
    best = KeepBest()
    best.set_model(model)
    for number, (criterion, used) in enumerate(evaluations):
        model.set_weights([np.full((1, 1), float(number))])
        best.on_epoch_end(number, {"criterion": criterion, "used_clusters": used})
    best.on_train_end()
    return float(model.get_weights()[0][0, 0])


def test_lowest_criterion():
    assert play([(0.5, 3), (0.2, 3), (0.3, 3)]) == 1.0


def test_unused_clusters_rank_behind():
    assert play([(0.5, 3), (0.1, 2), (0.6, 3)]) == 0.0
    assert play([(0.5, 1), (0.1, 2)]) == 1.0


def test_epochs_without_evaluation_are_passed_over():
    assert play([(float("nan"), float("nan")), (0.5, 3), (float("nan"), float("nan"))]) == 1.0
