"""Small result folders of nnU-Net v2: its own networks with weights that nobody trained."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from builders.balanced_layer import balance
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

LABELS: Mapping[str, Any] = {"background": 0, "rim": 1, "core": 2}
REGIONS: Mapping[str, Any] = {"background": 0, "whole": [1, 2], "core": 2}


def architecture(dimensions: int, **changes: object) -> dict[str, Any]:
    """A network in the words of plans.json."""
    keywords = {
        "n_stages": 2,
        "features_per_stage": [4, 8],
        "conv_op": f"torch.nn.modules.conv.Conv{dimensions}d",
        "kernel_sizes": [[3] * dimensions] * 2,
        "strides": [[1] * dimensions, [2] * dimensions],
        "n_conv_per_stage": [1, 1],
        "n_conv_per_stage_decoder": [1],
        "conv_bias": True,
        "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dimensions}d",
        "norm_op_kwargs": {"eps": 1e-05, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    }
    return {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {**keywords, **changes},
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


@dataclass(frozen=True)
class NnunetPlan:
    """What tests vary; axes are nnU-Net's, z first, `spacing` after its transposition.

    Two lengths of `patch_size` and `spacing` make a network that sees slices.
    """

    labels: Mapping[str, Any] = field(default_factory=lambda: LABELS)
    channels: Sequence[str] = ("T1",)
    folds: int = 1
    transpose_forward: Sequence[int] = (0, 1, 2)
    spacing: Sequence[float] = (3.0, 2.0, 2.0)
    patch_size: Sequence[int] = (16, 32, 24)
    mirror_axes: Sequence[int] | None = (0, 1, 2)
    reader: str = "SimpleITKIO"

    @property
    def heads(self) -> int:
        """Output channels of the network: regions have none for the background."""
        has_regions = any(isinstance(value, list) for value in self.labels.values())
        return len(self.labels) - int(has_regions)

    def dataset(self) -> dict[str, Any]:
        """What dataset.json says."""
        return {
            "channel_names": {str(number): name for number, name in enumerate(self.channels)},
            "labels": dict(self.labels),
            "regions_class_order": [1, 2],
            "numTraining": 1,
            "file_ending": ".nii.gz",
        }

    def plans(self) -> dict[str, Any]:
        """What plans.json says."""
        return {
            "dataset_name": "Dataset001_Phantom",
            "plans_name": "nnUNetPlans",
            "image_reader_writer": self.reader,
            "transpose_forward": list(self.transpose_forward),
            "transpose_backward": [int(axis) for axis in np.argsort(self.transpose_forward)],
            "experiment_planner_used": "ExperimentPlanner",
            "label_manager": "LabelManager",
            "foreground_intensity_properties_per_channel": {
                str(number): {"mean": 300.0, "std": 100.0} for number in range(len(self.channels))
            },
            "configurations": {"3d_fullres": self._configuration()},
        }

    def _configuration(self) -> dict[str, Any]:
        interpolation = {"is_seg": False, "force_separate_z": None}
        resampling = "resample_data_or_seg_to_shape"
        return {
            "data_identifier": "nnUNetPlans_3d_fullres",
            "preprocessor_name": "DefaultPreprocessor",
            "batch_size": 2,
            "patch_size": list(self.patch_size),
            "spacing": list(self.spacing),
            "normalization_schemes": ["ZScoreNormalization"] * len(self.channels),
            "use_mask_for_norm": [True] * len(self.channels),
            "resampling_fn_data": resampling,
            "resampling_fn_seg": resampling,
            "resampling_fn_probabilities": resampling,
            "resampling_fn_data_kwargs": {**interpolation, "order": 3, "order_z": 0},
            "resampling_fn_seg_kwargs": {"is_seg": True, "order": 1, "order_z": 0},
            "resampling_fn_probabilities_kwargs": {**interpolation, "order": 1, "order_z": 0},
            "architecture": architecture(len(self.patch_size)),
        }


def nnunet_network(plan: NnunetPlan, seed: int = 0) -> torch.nn.Module:
    """Made by nnU-Net, with weights of a seed."""
    torch.manual_seed(seed)
    written = architecture(len(plan.patch_size))
    network: torch.nn.Module = get_network_from_plans(
        written["network_class_name"],
        written["arch_kwargs"],
        written["_kw_requires_import"],
        len(plan.channels),
        plan.heads,
        deep_supervision=False,
    )
    balance(network.get_submodule("decoder.seg_layers.0"))
    return network.eval()


def write_nnunet_folder(folder: Path, plan: NnunetPlan) -> None:
    """As nnU-Net's trainer leaves it, with the numbers of NumPy that its checkpoints hold."""
    folder.mkdir(exist_ok=True)
    (folder / "plans.json").write_text(json.dumps(plan.plans()), encoding="utf-8")
    (folder / "dataset.json").write_text(json.dumps(plan.dataset()), encoding="utf-8")
    for fold in range(plan.folds):
        checkpoint = {
            "network_weights": nnunet_network(plan, seed=fold).state_dict(),
            "optimizer_state": {"state": {}, "param_groups": [{"lr": 0.01}]},
            "grad_scaler_state": None,
            "logging": {"mean_fg_dice": [np.float64(0.5)], "dice": [np.ones(2, np.float32)]},
            "_best_ema": np.float64(0.5),
            "current_epoch": 1000,
            "init_args": {
                "plans": plan.plans(),
                "configuration": "3d_fullres",
                "fold": fold,
                "dataset_json": plan.dataset(),
                "device": torch.device("cuda"),
            },
            "trainer_name": "nnUNetTrainer",
            "inference_allowed_mirroring_axes": plan.mirror_axes,
        }
        path = folder / f"fold_{fold}" / "checkpoint_final.pth"
        path.parent.mkdir()
        torch.save(checkpoint, path)
