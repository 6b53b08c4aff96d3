# SPDX-License-Identifier: AGPL-3.0-or-later
"""What workers made: taken in, linked to its sources, shown, marked where a newer one is."""
