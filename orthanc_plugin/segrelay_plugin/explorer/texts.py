# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the button and the page around it say by themselves; all else comes from the routes."""

from collections.abc import Mapping

Texts = Mapping[str, str | Mapping[str, str]]

ENGLISH: Texts = {
    "language": "en",
    "button": "AI analysis",
    "headings": {"series": "Series {number}", "studies": "Study {number}"},
    "nothing_chosen": "No series or study was chosen. Choose one in the archive and come again.",
    "model": "Model",
    "any_model": "Model not chosen yet",
    "all_models": "All that fit",
    "no_model": "No model is known that could analyse this.",
    "requested": "The analysis was requested.",
    "under_way": "The analysis was requested before and is under way.",
    "done_before": "This was analysed before; the result is below.",
    "earlier": "Earlier results",
    "superseded": "another version of the model has made a newer result:",
    "newer": "the newer one",
    "again": "Run again",
    "again_title": "Do the same analysis once more, although its result is there",
    "archive_silent": "The archive does not answer. Check the connection and try again.",
    "foreign_answer": (
        "The archive's answer cannot be understood (HTTP status {status}). Sign in again, or tell"
        " the administrator."
    ),
    "kinds": {"SEG": "Segmentation (SEG)", "SC": "Picture (SC)", "SR": "Report (SR)"},
}

KOREAN: Texts = {
    "language": "ko",
    "button": "AI 분석",
    "headings": {"series": "시리즈 {number}", "studies": "검사 {number}"},
    "nothing_chosen": "선택된 시리즈나 검사가 없습니다. 저장소에서 선택한 후 다시 여십시오.",
    "model": "모델",
    "any_model": "모델 미정",
    "all_models": "적용 가능한 모델 모두",
    "no_model": "분석할 수 있는 모델이 없습니다.",
    "requested": "분석을 요청했습니다.",
    "under_way": "이미 요청된 분석이 진행 중입니다.",
    "done_before": "이전에 분석했습니다. 결과는 아래에 있습니다.",
    "earlier": "이전 결과",
    "superseded": "다른 버전의 모델이 만든 새 결과가 있습니다:",
    "newer": "새 결과",
    "again": "다시 분석",
    "again_title": "결과가 있지만 같은 분석을 한 번 더 합니다",
    "archive_silent": "저장소가 응답하지 않습니다. 연결을 확인하고 다시 시도하십시오.",
    "foreign_answer": (
        "저장소의 응답을 이해할 수 없습니다(HTTP 상태 {status}). 다시 로그인하거나 관리자에게"
        " 알리십시오."
    ),
    "kinds": {"SEG": "분할 영상(SEG)", "SC": "그림(SC)", "SR": "보고서(SR)"},
}

TEXTS: Mapping[str, Texts] = {"en": ENGLISH, "ko": KOREAN}
