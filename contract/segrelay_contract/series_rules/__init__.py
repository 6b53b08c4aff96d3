"""Judges from headers alone whether a series is one volume; queue and worker judge alike.

Standard library only, so that both can afford it.
"""
