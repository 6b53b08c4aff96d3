"""A mask → DICOM objects. Pure: no network, no queue."""
