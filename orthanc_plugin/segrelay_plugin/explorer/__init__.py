# SPDX-License-Identifier: AGPL-3.0-or-later
"""The button in both Orthanc Explorers: texts, scripts, and the page of their own."""
