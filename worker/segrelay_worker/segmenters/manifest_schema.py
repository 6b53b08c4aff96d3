"""The JSON Schema of model.toml, for editors; `make schema` writes worker/model.schema.json."""

from __future__ import annotations

import json
import sys

from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS
from segrelay_worker.segmenters.manifest import Manifest

SCHEMA_NAME = "model.schema.json"


def manifest_schema() -> str:
    """As text; what it allows, `parse_manifest` may still refuse for what one key says of another.

    Editors know it by the line `#:schema ./model.schema.json` at the top of a model.toml (taplo).
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Manifest.model_json_schema(by_alias=True),
        "title": "model.toml",
    }
    schema["$defs"]["ModelSection"]["properties"]["format"]["enum"] = sorted(SEGMENTER_FORMATS)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(manifest_schema())
