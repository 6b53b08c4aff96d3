from __future__ import annotations

from pathlib import Path

from segrelay_worker.segmenters.package import MANIFEST_NAME


def package_paths(model_path: Path) -> tuple[Path, ...]:
    """Where the packages are that MODEL_PATH means, by name.

    It is a weights file or a package's folder; or a folder of such folders, which means each.
    """
    if (model_path / MANIFEST_NAME).exists() or not model_path.is_dir():
        return (model_path,)
    within = sorted(manifest.parent for manifest in model_path.glob(f"*/{MANIFEST_NAME}"))
    return tuple(within) or (model_path,)
