"""Result folders of nnU-Net v2 (Isensee et al. 2021, doi:10.1038/s41592-020-01008-z).

All is done by its own code but for the reading of checkpoints, which would run code in them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import torch
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans
from nnunetv2.utilities.label_handling.label_handling import determine_num_input_channels
from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager

from segrelay_worker.segmenters.chain_segmenter import ChainSegmenter
from segrelay_worker.segmenters.listed_files import ListedFiles, read_list
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.nnunet_chain import NnunetChain
from segrelay_worker.segmenters.nnunet_checkpoint import NnunetCheckpoint, read_checkpoint
from segrelay_worker.segmenters.nnunet_fit import require_fit
from segrelay_worker.segmenters.nnunet_predictor import ReportingPredictor
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter
from segrelay_worker.segmenters.torch_device import moved_to

PLANS, DATASET = "plans.json", "dataset.json"
CHECKPOINTS = "fold_*/checkpoint_*.pth"


def open_nnunet(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    """All listed folds together. Raises PermanentError model_unreadable or ..._checksum_mismatch.

    Raises TransientError device_unavailable too.
    """
    files = read_list(package, weights)
    plans, dataset = PlansManager(_json(files, PLANS)), _json(files, DATASET)
    folds = _folds(files)
    configuration = _configuration(plans, folds)
    require_fit(package, plans, configuration, dataset)
    predictor = _predictor(machine.device)
    predictor.manual_initialization(
        moved_to(machine.device, _network(plans, configuration, dataset, folds)),
        plans,
        configuration,
        [fold.weights for fold in folds],
        dataset,
        folds[0].trainer,
        _mirror_axes(package, folds[0]),
    )
    return ChainSegmenter(NnunetChain(package, predictor), machine)


def _json(files: ListedFiles, name: str) -> dict[str, Any]:
    with files.opened(name) as file:
        try:
            found = json.load(file)
        except ValueError as error:
            raise unreadable(f"{name} is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise unreadable(f"{name} holds {type(found).__name__}, expected an object")
    return found


def _folds(files: ListedFiles) -> list[NnunetCheckpoint]:
    folds = []
    names = files.fitting(CHECKPOINTS)
    folders = [name.rpartition("/")[0] for name in names]
    if len(set(folders)) < len(folders):
        raise unreadable(
            f"the list of files names several checkpoints of one fold ({', '.join(names)}), "
            "expected one of each: checkpoint_final.pth is what nnU-Net itself uses"
        )
    for name in names:
        with files.opened(name) as file:
            folds.append(read_checkpoint(file, name))
    if not folds:
        raise unreadable(f"no {CHECKPOINTS} is in the list of files")
    return folds


def _configuration(plans: PlansManager, folds: Sequence[NnunetCheckpoint]) -> ConfigurationManager:
    names = sorted({fold.configuration for fold in folds})
    if len(names) > 1:
        raise unreadable(f"the folds are of several configurations: {', '.join(names)}")
    try:
        return plans.get_configuration(names[0])
    except (RuntimeError, ValueError, KeyError) as error:
        raise unreadable(f"{PLANS} does not describe the configuration {names[0]!r}") from error


def _network(
    plans: PlansManager,
    configuration: ConfigurationManager,
    dataset: Mapping[str, Any],
    folds: Sequence[NnunetCheckpoint],
) -> torch.nn.Module:
    network: torch.nn.Module = get_network_from_plans(
        configuration.network_arch_class_name,
        configuration.network_arch_init_kwargs,
        configuration.network_arch_init_kwargs_req_import,
        determine_num_input_channels(plans, configuration, dataset),
        plans.get_label_manager(dataset).num_segmentation_heads,
        allow_init=False,
        deep_supervision=False,
    )
    for fold in folds:
        try:
            network.load_state_dict(fold.weights)
        except RuntimeError as error:
            raise unreadable(
                f"the weights do not fit the network that {PLANS} describes; a trainer with a "
                f"network of its own ({fold.trainer}) is not supported"
            ) from error
    return network.eval()


def _mirror_axes(package: ModelPackage, fold: NnunetCheckpoint) -> Sequence[int] | None:
    """Those of the training, unless the package wants none; nnU-Net takes None for none."""
    is_wanted = package.manifest.output.mirror_axes is None
    return (fold.mirror_axes or None) if is_wanted else None


def _predictor(device: str) -> ReportingPredictor:
    with contextlib.redirect_stdout(None):  # it says that a CPU is no GPU
        return ReportingPredictor(device=torch.device(device), allow_tqdm=False)
