"""A linear classifier as a probe of features."""

import logging
import math
import warnings

import numpy as np

from tfcluster.analysis.layer_outputs import layer_features

__all__ = ["linear_probe", "probe_layers"]

logger = logging.getLogger("tfcluster")

_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_ITERATIONS = 200


def linear_probe(train, train_labels, test, test_labels, seed=0):
    """Accuracy of a linear classifier on fixed features: multinomial logistic regression with an L2 penalty.

    ```
    minimise 1/n sum_a -ln softmax(W h_a + b)_{y_a} + lambda / 2 |W|^2
    ```

    The features are standardised and divided by sqrt(d), so that |h| is about 1. Of five values of lambda, from 1e-4 to
    1, that is taken which does best on a fifth of the training rows; then all of these are learnt from.

    Args:
        train: Features of shape (n, d).
        train_labels: Their labels of shape (n,).
        test: Features of shape (m, d).
        test_labels: Their labels of shape (m,), of no influence on the classifier.
        seed: Seed of the choice of that fifth.

    Returns:
        Share of test rows with the right label, in [0, 1].

    Raises:
        ValueError: If the training rows have one label only.
    """
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    train_labels, test_labels = np.asarray(train_labels), np.asarray(test_labels)
    scaler = StandardScaler().fit(train)
    train, test = (scaler.transform(part) / math.sqrt(part.shape[1]) for part in (train, test))
    fit, check, fit_labels, check_labels = train_test_split(train, train_labels, test_size=0.2, random_state=seed)
    penalty = max(_PENALTIES, key=lambda value: _classifier(fit, fit_labels, value).score(check, check_labels))
    return float(_classifier(train, train_labels, penalty).score(test, test_labels))


def _classifier(features, labels, penalty):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0 / (penalty * len(features)), max_iter=_ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits of the accuracy do not hang on it
        return model.fit(features, labels)


def probe_layers(model, names, train, train_labels, test, test_labels, limit=10_000, seed=0):
    """`linear_probe` on each of several layers of a frozen model.

    Args:
        model: A clustering model with a backbone, or a functional Keras model.
        names: Names of layers.
        train: Raw rows of shape (n, ...).
        train_labels: Their labels.
        test: Raw rows of shape (m, ...).
        test_labels: Their labels.
        limit: Most features of a layer, see `layer_features`.
        seed: See `linear_probe`.

    Returns:
        Dict of layer to accuracy.
    """
    found = {}
    for name in names:
        features = (layer_features(model, name, rows, limit) for rows in (train, test))
        found[name] = linear_probe(next(features), train_labels, next(features), test_labels, seed)
        logger.info("linear probe on %s: %.3f", name, found[name])
    return found
