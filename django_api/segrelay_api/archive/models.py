from __future__ import annotations

from django.db import models


class TaggedSeries(models.Model):
    """A series as the Orthanc plugin tagged it, judged once when it was told."""

    series_id = models.CharField(max_length=128, primary_key=True)
    study_id = models.CharField(max_length=128, db_index=True, default="")
    role = models.CharField(max_length=64, blank=True)
    candidate_models = models.JSONField(default=list)
    slice_count = models.PositiveIntegerField()
    reasons = models.JSONField(default=list)  # why not, each {"code", "parameters"}
    told_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.series_id
