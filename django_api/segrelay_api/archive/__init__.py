"""What Django knows of Orthanc."""
