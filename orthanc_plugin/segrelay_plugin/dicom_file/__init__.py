# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads the header of a DICOM file with the standard library, for the command line of the rules."""
