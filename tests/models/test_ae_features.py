import numpy as np

from tfcluster.models import AEGMM, GMM, AEKMeans, KMeans


def test_the_method_is_fitted_to_the_embeddings(easy_rows):
    for method, plain in ((AEKMeans, KMeans), (AEGMM, GMM)):
        model, alone = method(3, backbone="mlp", embedding_dim=2, pretrain_epochs=1), plain(3)
        model.fit(easy_rows[0])
        embeddings = model.embed(easy_rows[0])
        assert embeddings.shape == (len(easy_rows[0]), 2)
        alone.fit(embeddings)
        np.testing.assert_array_equal(model.cluster(easy_rows[0]), alone.cluster(embeddings))


def test_what_pretraining_makes_use_of_is_offered():
    for method, plain in ((AEKMeans, KMeans), (AEGMM, GMM)):
        assert {"augmentation", "whole_batch"} <= set(plain.without_effect)
        assert not {"augmentation", "whole_batch"} & set(method.without_effect)
        assert (method.selection, plain.selection) == ("agreement", "loss")
