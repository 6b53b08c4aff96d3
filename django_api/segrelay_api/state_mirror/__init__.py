"""Tells the Orthanc plugin how far requests are, so that the archive shows it at their series.

The queue marks a request in the same statement that changes it (`queue/untold_states`); `mirror`
tells what is marked, `loop` says when. Nothing is lost by a crash of either side.
"""
