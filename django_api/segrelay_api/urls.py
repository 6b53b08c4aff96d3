from __future__ import annotations

from django.urls import path

from segrelay_api.api.root import api
from segrelay_api.pages.picture import request_picture
from segrelay_api.pages.sign_in import sign_in, sign_out
from segrelay_api.pages.views import series_page
from segrelay_contract.paths import API_ROOT

urlpatterns = [
    path("", series_page, name="series_page"),
    path("sign-in/", sign_in, name="sign_in"),
    path("sign-out/", sign_out, name="sign_out"),
    path("requests/<uuid:request_id>/picture/", request_picture, name="request_picture"),
    path(API_ROOT.lstrip("/"), api.urls),
]
