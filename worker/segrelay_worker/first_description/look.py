"""What kind of model a file or folder holds, by its content: names and endings mislead."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile, is_zipfile

from segrelay_worker.first_description.channels import channels_of
from segrelay_worker.first_description.checkpoint import checkpoint_facts
from segrelay_worker.first_description.errors import NotDescribedError
from segrelay_worker.first_description.exported import MODELS, exported_facts
from segrelay_worker.first_description.facts import WeightsFacts
from segrelay_worker.first_description.folders import folder_facts
from segrelay_worker.first_description.inert_pickle import named_tensors, read_inert
from segrelay_worker.first_description.onnx import onnx_facts

_OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # a pickled number, then four pickles
_PICKLES_BEFORE_WEIGHTS = 3  # that number, the version and the byte order


def look_into(path: Path) -> WeightsFacts:
    """Raises NotDescribedError that says what is wrong and what to do."""
    if path.is_dir():
        return folder_facts(path)
    if not path.is_file():
        raise NotDescribedError(f"There is no file {str(path)!r}.")
    try:
        found = _archive_facts(path) if is_zipfile(path) else _file_facts(path)
    except NotDescribedError:
        raise
    except Exception as error:  # whatever a damaged file leads to
        raise NotDescribedError(f"{path.name} is damaged ({type(error).__name__}).") from error
    if found is None:
        raise NotDescribedError(
            f"{path.name} is no model that a worker takes. Expected TorchScript, a state dict, an "
            "exported program (.pt2), ONNX, or the folder of a MONAI bundle or of nnU-Net v2."
        )
    return found


def _archive_facts(path: Path) -> WeightsFacts | None:
    with ZipFile(path) as archive:
        names = {name.partition("/")[2] or name: name for name in archive.namelist()}
        for model in MODELS:
            if model in names:
                return exported_facts(archive, names[model])
        if "data.pkl" not in names:
            return None
        with archive.open(names["data.pkl"]) as pickled:
            found = read_inert(pickled)
        if any(name.startswith("code/") for name in names):
            inside, outside = channels_of(dict(named_tensors(found)))
            return WeightsFacts("torchscript", in_channels=inside, out_channels=outside)
        return checkpoint_facts(found, path.name)


def _file_facts(path: Path) -> WeightsFacts | None:
    with path.open("rb") as file:
        begins_like_torch = file.read(len(_OLD_TORCH)) == _OLD_TORCH
        file.seek(0)
        if begins_like_torch:
            found = read_inert(file, pickles=_PICKLES_BEFORE_WEIGHTS + 1)
            return checkpoint_facts(found, path.name)
    return onnx_facts(path)
