"""The lab worker: claims requests, segments MR series, writes DICOM SEG into Orthanc."""

__version__ = "0.1.0"
