"""The text of a `model.toml` for the brain network, which the worker reads beside the weights."""

from string import Template

# Codes: SNOMED CT; the category is one of DICOM PS3.16 CID 7150 (segmentation property
# categories).
_MODEL_TOML = Template("""\
# Made from deepbet $version (MIT licence) by network sources $sources.
[model]
name = "deepbet-brain"
version = "$version"
format = "torchscript"
weights = "$weights"
sha256 = "$sha256"

[input]
roles = ["t1"]
orientation = "RAS"

[output]
activation = "none"
threshold = 0.5

[[output.postprocessing]]
step = "largest_component"

[[output.postprocessing]]
step = "fill_holes"

[[segments]]
number = 1
label = "Brain"
category = { value = "91723000", scheme = "SCT", meaning = "Anatomical Structure" }
type = { value = "12738006", scheme = "SCT", meaning = "Brain" }
""")


def model_description(*, version: str, weights: str, sha256: str, sources: str) -> str:
    """Describe the network so that the worker can run it and code its result.

    Args:
        version: deepbet's version.
        weights: Name of the weights file beside the description.
        sha256: Digest of the weights file.
        sources: Digest of the code that wraps the nets: an export by older code is outdated.
    """
    return _MODEL_TOML.substitute(version=version, weights=weights, sha256=sha256, sources=sources)
