"""Tells the Orthanc plugin how far requests are, so that the archive shows it at their series.

What changed is read from the requests' events (`queue/untold_states`); `mirror` tells the newest
state of each, `loop` says when. Nothing is lost by a crash of either side.
"""
