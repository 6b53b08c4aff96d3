# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the workers' account may do in Orthanc, and for how long; nothing is stored here."""
