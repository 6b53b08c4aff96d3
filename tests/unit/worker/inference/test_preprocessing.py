from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from builders.affines import ORIENTATIONS, affines
from builders.placed_channels import placed
from fakes.stub_segmenter import write_stub_package
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from segrelay_worker.inference.preprocessing import prepared
from segrelay_worker.inference.segment_volume import segment_volume
from segrelay_worker.segmenters.manifest import InputSection, WindowSection
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.segmenters.segmenter import PlacedChannels, Prediction, ReportFraction
from segrelay_worker.segmenters.sliding_window import through_windows

THRESHOLD = 0.5
STEPS = st.one_of(
    st.builds(
        lambda above, margin: {
            "step": "crop_foreground",
            "above": above,
            "margin_voxels": margin,
        },
        st.sampled_from([0.0, 0.3, 0.5]),
        st.integers(0, 2),
    ),
    st.builds(
        lambda multiple: {"step": "pad_to_multiple", "multiple": multiple}, st.integers(1, 5)
    ),
)


class EchoSegmenter:
    """A model that returns what it sees as probability, window by window if there are windows."""

    def __init__(self, window: WindowSection | None) -> None:
        self._window = window

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        if self._window is None:
            return Prediction(channels.array_cxyz)
        batch = torch.from_numpy(channels.array_cxyz).unsqueeze(0)
        # A copy, as a network makes one: MONAI writes into what it gets.
        output = through_windows(torch.clone, batch, window=self._window, report=report)
        return Prediction(output[0].numpy())


def section(*steps: dict[str, Any], orientation: str = "RAS") -> InputSection:
    return InputSection.model_validate(
        {"roles": ["t1"], "orientation": orientation, "preprocessing": steps}
    )


def _package(folder: Path, wanted: InputSection) -> ModelPackage:
    stub = load_package(write_stub_package(folder))
    manifest = stub.manifest.model_copy(update={"input": wanted})
    return ModelPackage(manifest, stub.weights_path, stub.digest)


@settings(max_examples=60)
@given(
    # With a half added, none is the threshold: blending must not decide by rounding.
    eighths=arrays.arrays(
        np.uint8,
        arrays.array_shapes(min_dims=3, max_dims=3, max_side=7),
        elements=st.integers(0, 7),
    ),
    affine=affines(),
    orientation=st.sampled_from(ORIENTATIONS),
    steps=st.lists(STEPS, max_size=3),
    window=st.none()
    | st.builds(
        lambda size, overlap: WindowSection(size=size, overlap=overlap),
        st.tuples(*[st.integers(2, 6)] * 3),
        st.sampled_from([0.0, 0.25, 0.5]),
    ),
)
def test_a_model_that_echoes_gives_the_threshold_mask_of_the_source(  # noqa: PLR0913, PLR0917
    tmp_path_factory: Any,
    eighths: NDArray[np.uint8],
    affine: NDArray[np.float64],
    orientation: str,
    steps: list[dict[str, Any]],
    window: WindowSection | None,
) -> None:
    source_zyx = ((eighths + 0.5) / 8).astype(np.float32)
    found = segment_volume(
        channels_czyx=source_zyx[np.newaxis],
        affine_zyx_to_lps=affine,
        package=_package(
            tmp_path_factory.getbasetemp() / "echo", section(*steps, orientation=orientation)
        ),
        segmenter=EchoSegmenter(window),
        threshold=THRESHOLD,
        report=lambda _: None,
    )
    np.testing.assert_array_equal(found.mask_szyx[0], source_zyx > THRESHOLD)


def test_steps_are_done_in_their_order_and_undone_from_the_last() -> None:
    ramp = placed(np.arange(1000, dtype=np.float32).reshape(1, 10, 10, 10))
    crop = {"step": "crop_foreground", "above": 500}
    cut_first = prepared(ramp, section(crop, {"step": "min_max"}))
    scaled_first = prepared(ramp, section({"step": "min_max"}, crop))
    assert cut_first.channels.array_cxyz.shape == (1, 5, 10, 10)
    assert cut_first.channels.array_cxyz.min() == 0
    assert scaled_first.channels.array_cxyz.shape == (1, 10, 10, 10)  # nothing is above 500 now
    both = prepared(ramp, section(crop, {"step": "pad_to_multiple", "multiple": 8}))
    assert both.channels.array_cxyz.shape == (1, 8, 16, 16)
    back = both.undo(both.channels.array_cxyz)
    np.testing.assert_array_equal(back[:, 5:], ramp.array_cxyz[:, 5:])
    assert not back[:, :5].any()


def test_after_resampling_crops_and_pads_come_back_to_their_place() -> None:
    # A crop at the new voxel size: its way back leads through the old one.
    axes = np.meshgrid(*[np.linspace(-1, 1, 24)] * 3, indexing="ij")
    ball = placed(np.exp(-4 * sum(axis**2 for axis in axes))[np.newaxis].astype(np.float32))
    resample = {"step": "resample", "spacing_mm": [0.6, 1.0, 1.3]}
    done = prepared(
        ball,
        section(
            resample,
            {"step": "crop_foreground", "above": 0.3},
            {"step": "pad_to_multiple", "multiple": 4},
        ),
    )
    assert done.channels.spacing_xyz_mm == (0.6, 1.0, 1.3)
    mask = done.undo(done.channels.array_cxyz) > THRESHOLD
    different = np.count_nonzero(mask != (ball.array_cxyz > THRESHOLD))
    assert different < 0.08 * mask.sum()  # edges alone


def test_a_transform_of_monais_changes_all_channels_at_once() -> None:
    step = {
        "step": "monai",
        "transform": "monai.transforms:ScaleIntensity",
        "arguments": {"minv": 2, "maxv": 4},
    }
    channels = placed(np.arange(27, dtype=np.float32).reshape(1, 3, 3, 3))
    done = prepared(channels, section(step)).channels.array_cxyz
    assert (done.min(), done.max()) == (2, 4)
    assert channels.array_cxyz.max() == 26
