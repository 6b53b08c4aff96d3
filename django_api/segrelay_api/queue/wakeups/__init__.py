"""Wakes those who wait, as soon as a commit of any process made it worth their while.

`announcing` is told of each commit · `delivery` hands it to who waits in this process (`line` for
work, `endings` for the end of a request, `listeners` for everything) · `neighbours` carries it to
and from other processes, over PostgreSQL's LISTEN or by watching the SQLite file.
"""
