import tomllib

from demo.model_description import model_description


def test_the_description_reads_as_the_worker_expects_it() -> None:
    text = model_description(version="1.2.3", weights="w.pth", sha256="ab" * 32, sources="cd")
    assert tomllib.loads(text) == {
        "model": {
            "name": "deepbet-brain",
            "version": "1.2.3",
            "format": "torchscript",
            "weights": "w.pth",
            "sha256": "ab" * 32,
        },
        "input": {"roles": ["t1"], "orientation": "RAS"},
        "output": {
            "activation": "none",
            "threshold": 0.5,
            "postprocessing": [{"step": "largest_component"}, {"step": "fill_holes"}],
        },
        "segments": [
            {
                "number": 1,
                "label": "Brain",
                "category": {
                    "value": "91723000",
                    "scheme": "SCT",
                    "meaning": "Anatomical Structure",
                },
                "type": {"value": "12738006", "scheme": "SCT", "meaning": "Brain"},
            }
        ],
    }


def test_an_export_by_other_code_is_described_differently() -> None:
    first, second = (
        model_description(version="1", weights="w", sha256="a", sources=sources)
        for sources in ("one", "two")
    )
    assert first != second
