from __future__ import annotations

from django.urls import path

from segrelay_api.api.root import api
from segrelay_contract.paths import API_ROOT

urlpatterns = [
    path(API_ROOT.lstrip("/"), api.urls),
]
