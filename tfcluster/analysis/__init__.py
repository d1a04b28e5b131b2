"""What can be said of an embedding, and shown."""

from tfcluster.analysis.comparison import write_comparison
from tfcluster.analysis.embedding_pictures import EmbeddingPictures
from tfcluster.analysis.filters import exciting_rows, filter_picture, first_filters
from tfcluster.analysis.generated_pictures import generated_pictures
from tfcluster.analysis.knn import knn_error
from tfcluster.analysis.layer_outputs import layer_features, layer_outputs
from tfcluster.analysis.pictures import image_grid, project, scatter_picture, write_png
from tfcluster.analysis.probe import linear_probe, probe_layers
from tfcluster.analysis.report import write_report
from tfcluster.analysis.retrieval import nearest_rows, retrieval_precision
from tfcluster.analysis.transfer import fine_tune

__all__ = [
    "EmbeddingPictures",
    "exciting_rows",
    "filter_picture",
    "fine_tune",
    "first_filters",
    "generated_pictures",
    "image_grid",
    "knn_error",
    "layer_features",
    "layer_outputs",
    "linear_probe",
    "nearest_rows",
    "probe_layers",
    "project",
    "retrieval_precision",
    "scatter_picture",
    "write_comparison",
    "write_png",
    "write_report",
]
