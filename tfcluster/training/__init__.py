"""The compiled loop and its callbacks."""

from tfcluster.training.burn_in_sgd import BurnInSGD
from tfcluster.training.cluster_monitor import ClusterMonitor
from tfcluster.training.finite_guard import FiniteGuard, NonFiniteLossError
from tfcluster.training.fit_phase import fit_phase
from tfcluster.training.history_file import HistoryFile
from tfcluster.training.keep_best import KeepBest
from tfcluster.training.objective_mismatch import ObjectiveMismatch
from tfcluster.training.pretrained_weights import PretrainedWeights
from tfcluster.training.resume_state import ResumeState
from tfcluster.training.session import Session
from tfcluster.training.temperature_schedule import TemperatureSchedule

__all__ = [
    "BurnInSGD",
    "ClusterMonitor",
    "FiniteGuard",
    "HistoryFile",
    "KeepBest",
    "NonFiniteLossError",
    "ObjectiveMismatch",
    "PretrainedWeights",
    "ResumeState",
    "Session",
    "TemperatureSchedule",
    "fit_phase",
]
