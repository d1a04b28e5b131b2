"""What can be said of an embedding, and shown."""

from tfcluster.analysis.embedding_pictures import EmbeddingPictures
from tfcluster.analysis.generated_pictures import generated_pictures
from tfcluster.analysis.knn import knn_error
from tfcluster.analysis.pictures import image_grid, project, scatter_picture, write_png

__all__ = [
    "EmbeddingPictures",
    "generated_pictures",
    "image_grid",
    "knn_error",
    "project",
    "scatter_picture",
    "write_png",
]
