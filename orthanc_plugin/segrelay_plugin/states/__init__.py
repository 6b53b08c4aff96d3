# SPDX-License-Identifier: AGPL-3.0-or-later
"""How far the requests of a series are, as Django tells: kept in metadata, shown as labels."""
