"""Small MONAI bundles: a network that nobody trained, and all that a bundle says around it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from builders.balanced_layer import balance
from monai.networks.nets.segresnet import SegResNet

# Predicts from files as MONAI's evaluator does, which needs a library more.
SCRIPT = """
import monai


def predict(dataloader, inferer, network, postprocessing):
    for batch in dataloader:
        pred = inferer(inputs=batch["image"], network=network)
        for item in monai.data.decollate_batch({**batch, "pred": pred}):
            postprocessing(item)
"""


def step(target: str, keys: object = "@image_key", **arguments: object) -> dict[str, Any]:
    return {"_target_": target, "keys": keys, **arguments}


def inverted(image: str = "image") -> dict[str, Any]:
    """Back to where this image was loaded."""
    return step(
        "Invertd",
        "pred",
        transform="@preprocessing",
        orig_keys=image,
        nearest_interp=False,
        to_tensor=True,
    )


@dataclass(frozen=True)
class BundlePlan:
    """What tests vary."""

    deciding: Sequence[Mapping[str, Any]] = (
        step("Activationsd", "pred", sigmoid=True),
        inverted(),
        step("AsDiscreted", "pred", threshold=0.5),
    )
    heads: int = 2
    images: Sequence[str] = ("image",)

    def config(self) -> dict[str, Any]:
        """What configs/inference says."""
        joined = [step("ConcatItemsd", list(self.images), name="image")]
        return {
            "imports": ["$from scripts.predicting import predict", "$import os"],
            "bundle_root": ".",
            "output_dir": "$os.path.join(@bundle_root, 'eval')",
            "image_key": self.images[0] if len(self.images) == 1 else list(self.images),
            "image_paths": {},
            "device": "$torch.device('cuda')",
            "network_def": {
                "_target_": "SegResNet",
                "in_channels": len(self.images),
                "out_channels": self.heads,
                "init_filters": 4,
                "norm": ["GROUP", {"num_groups": 2}],
                "blocks_down": [1, 1],
                "blocks_up": [1],
            },
            "network": "$@network_def.to(@device)",
            "preprocessing": {
                "_target_": "Compose",
                "transforms": [
                    step("LoadImaged"),
                    step("EnsureChannelFirstd"),
                    step("monai.transforms.Orientationd", axcodes="PSR"),
                    step("Spacingd", pixdim=[2.0, 2.5, 2.0], mode="bilinear"),
                    step("NormalizeIntensityd", nonzero=True),
                    *(joined if len(self.images) > 1 else []),
                    step("EnsureTyped", "image"),
                ],
            },
            "dataset": {
                "_target_": "Dataset",
                "data": ["@image_paths"],
                "transform": "@preprocessing",
            },
            "dataloader": {"_target_": "DataLoader", "dataset": "@dataset", "batch_size": 1},
            "inferer": {
                "_target_": "SlidingWindowInferer",
                "roi_size": [24, 32, 16],
                "sw_batch_size": 1,
                "overlap": 0.25,
                "mode": "gaussian",
            },
            "postprocessing": {
                "_target_": "Compose",
                "transforms": [
                    *self.deciding,
                    step("SaveImaged", "pred", output_dir="@output_dir"),
                ],
            },
            "checkpoint": "$torch.load(@bundle_root + '/models/model.pt', weights_only=True)",
            "handlers": [{"_target_": "CheckpointLoader", "load_path": "nowhere.pt"}],
            "evaluator": {"_target_": "SupervisedEvaluator", "val_handlers": "@handlers"},
            "run": [
                "$@network.load_state_dict(@checkpoint['model'])",
                "$@network.eval()",
                "$predict(@dataloader, @inferer, @network, @postprocessing)",
            ],
        }


def write_bundle(folder: Path, plan: BundlePlan | None = None) -> None:
    """A bundle whose `image_paths` its user gives."""
    plan = plan or BundlePlan()
    config = plan.config()
    for name in ("configs", "models", "scripts"):
        (folder / name).mkdir(parents=True)
    (folder / "configs" / "inference.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "scripts" / "predicting.py").write_text(SCRIPT, encoding="utf-8")
    torch.manual_seed(1)
    arguments = {key: value for key, value in config["network_def"].items() if key != "_target_"}
    network = SegResNet(**arguments)
    balance(network.get_submodule("conv_final.2.conv"))
    torch.save({"model": network.state_dict()}, folder / "models" / "model.pt")
