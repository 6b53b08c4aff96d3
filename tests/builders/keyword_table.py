"""The plugin's table of DICOM keywords, made anew from pydicom's dictionary.

python tests/builders/keyword_table.py > orthanc_plugin/segrelay_plugin/rules/dicom_keywords.txt
"""

from pydicom._dicom_dict import DicomDictionary

# Identification, patient, acquisition, place in the study, image, request, procedure, nuclear
# medicine, storage, functional groups.
GROUPS = (0x0008, 0x0010, 0x0018, 0x0020, 0x0028, 0x0032, 0x0040, 0x0054, 0x0088, 0x5200)
HEAD = "# Tag, value representation, keyword (DICOM PS3.6), without retired ones\n"


def table_text() -> str:
    """One line for each tag of these groups, in order; of two representations the first."""
    lines = [
        f"{tag:08X} {vr.split()[0]} {keyword}\n"
        for tag, (vr, _, _, retired, keyword) in sorted(DicomDictionary.items())
        if tag >> 16 in GROUPS and keyword and not retired
    ]
    return HEAD + "".join(lines)


if __name__ == "__main__":
    print(table_text(), end="")  # noqa: T201 - what it is called for
