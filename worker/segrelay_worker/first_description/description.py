"""The text of a first model.toml; what nobody but its owner knows is marked with an arrow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from segrelay_worker.first_description.facts import WeightsFacts
from segrelay_worker.segmenters.manifest_schema import SCHEMA_NAME

MARK = "# ←"

_HEAD = f"""\
#:schema ./{SCHEMA_NAME}
# ← 표시가 있는 줄을 확인하고 고치세요. (Look at each line with an arrow, and edit it.)
# 모든 키의 설명은 README에 있습니다. (README explains all keys.)
"""
_STEPS_BEFORE = """
# 네트워크 앞의 단계, 이 순서로 (what is done before the network, in this order):
# resample, crop_foreground, pad_to_multiple, zscore, percentiles, min_max, window, landmarks, monai
# [[input.preprocessing]]
# step = "resample"
# spacing_mm = [1.0, 1.0, 1.0]
# [[input.preprocessing]]
# step = "zscore"
# voxels = "nonzero"
"""
_STEPS_AFTER = """
# 마스크에 대한 단계, 이 순서로 (what is done to masks, in this order):
# largest_component, fill_holes, minimum_volume
# [[output.postprocessing]]
# step = "largest_component"
"""
_WINDOW_IDEA = """
# 창 단위로 실행하려면 (to run it window by window):
# [window]
# size = [128, 128, 128]
# overlap = 0.25
"""
_OWN_CHAIN = ("monai_bundle", "nnunet")  # formats that bring their steps and windows along
_USUAL_WINDOW = [128, 128, 128]
_LONGEST_NAME, _LONGEST_LABEL = 40, 64


def first_description(facts: WeightsFacts, *, name: str, weights: str, sha256: str) -> str:
    """A model.toml that `parse_manifest` takes; `name` may be any text."""
    return "".join(
        [
            _HEAD,
            *_model(facts, name, weights, sha256),
            *_network(facts),
            *_input(facts),
            *_window(facts),
            *_output(facts),
            *_segments(facts),
        ]
    )


def _model(facts: WeightsFacts, name: str, weights: str, sha256: str) -> Iterator[str]:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")[:_LONGEST_NAME] or "model"
    yield "\n[model]\n"
    yield _line("name", plain, "대기열과 DICOM에서의 이름 (in the queue and in DICOM)")
    yield _line("version", "1.0.0", "가중치가 바뀌면 올리기 (raise it with new weights)")
    yield _line("format", facts.format)
    yield _line("weights", weights)
    yield _line("sha256", sha256)


def _network(facts: WeightsFacts) -> Iterator[str]:
    if facts.format != "state_dict":
        return
    yield "\n[network]\n"
    yield _line(
        "class",
        facts.network_class or "monai.networks.nets:SegResNet",
        "가중치의 네트워크 (the network of these weights)",
    )
    arguments = ", ".join(f"{key} = {value}" for key, value in facts.arguments.items())
    yield _noted(f"arguments = {{ {arguments} }}", "학습 때의 인자 (as in your training)")
    yield "\n[checkpoint]\n"
    if facts.key is not None:
        yield _line("key", facts.key)
    if facts.prefix:
        yield _line("strip_prefix", facts.prefix)
    if facts.lora_rank is not None:
        yield _noted(
            f"lora_alpha = {2 * facts.lora_rank}",
            f"학습 때의 값, 랭크는 {facts.lora_rank} (as in your training; the rank is that)",
        )


def _input(facts: WeightsFacts) -> Iterator[str]:
    yield "\n[input]\n"
    yield _line(
        "roles", _roles(facts), "입력 채널 순서의 태그 규칙 역할 (roles of the tagging rules)"
    )
    yield _line(
        "orientation",
        "RAS",
        "입력의 각 인덱스가 커지는 방향 (where each index of the input grows to)",
    )
    if facts.format not in _OWN_CHAIN:
        yield _STEPS_BEFORE


def _roles(facts: WeightsFacts) -> list[str]:
    if len(set(facts.roles) - {""}) == len(facts.roles) > 0:
        return list(facts.roles)
    count = facts.in_channels or 1
    return ["t1"] if count == 1 else [f"role{number}" for number in range(1, count + 1)]


def _window(facts: WeightsFacts) -> Iterator[str]:
    if facts.format in _OWN_CHAIN:
        return
    if facts.window is not None:
        yield "\n[window]\n"
        yield _line("size", list(facts.window))
    elif facts.format == "state_dict":  # of networks that are trained on pieces, nearly always
        yield "\n[window]\n"
        yield _line("size", _USUAL_WINDOW, "학습 때의 조각 크기 (of the pieces in your training)")
    else:
        yield _WINDOW_IDEA
        return
    yield "overlap = 0.25\n"


def _output(facts: WeightsFacts) -> Iterator[str]:
    yield "\n[output]\n"
    yield _line(
        "activation",
        _activation(facts),
        '"none": 확률 (probabilities), "sigmoid", "softmax", "argmax": 배경 채널 먼저 '
        "(with background first)",
    )
    yield "threshold = 0.5\n"
    yield _STEPS_AFTER


def _activation(facts: WeightsFacts) -> str:
    return facts.activation or ("softmax" if (facts.out_channels or 1) > 1 else "sigmoid")


def _segments(facts: WeightsFacts) -> Iterator[str]:
    for number, label in enumerate(_labels(facts), start=1):
        yield f"\n[[segments]]\nnumber = {number}\n"
        yield _line("label", label, "보이는 이름 (as shown)")
        yield _noted(_term("category", "91723000", "Anatomical Structure"), "DICOM CID 7150")
        yield _noted(_term("type", "38266002", "Entire body"), "DICOM CID 7151")


def _labels(facts: WeightsFacts) -> Sequence[str]:
    if facts.labels:
        return [
            re.sub(r"[^ -\[\]-~]", "?", label)[:_LONGEST_LABEL] or "?" for label in facts.labels
        ]
    count = facts.out_channels or 1
    if _activation(facts) in {"softmax", "argmax"} and facts.format not in _OWN_CHAIN:
        count -= 1
    return [f"Segment {number}" for number in range(1, max(1, count) + 1)]


def _term(key: str, value: str, meaning: str) -> str:
    return f'{key} = {{ value = "{value}", scheme = "SCT", meaning = "{meaning}" }}'


def _line(key: str, value: object, note: str = "") -> str:
    # JSON's texts and lists of texts are TOML's too.
    return _noted(f"{key} = {json.dumps(value, ensure_ascii=False)}", note)


def _noted(line: str, note: str) -> str:
    return f"{line}  {MARK} {note}\n" if note else f"{line}\n"
