# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping

ENGLISH = {
    "unknown_series": (
        "There is no series {series_id} in this archive. It may have been deleted: "
        "open the study again."
    ),
    "unknown_study": (
        "There is no study {study_id} in this archive. It may have been deleted: search for the "
        "patient again."
    ),
    "archive_unavailable": "The archive could not read this series. Try again in a moment.",
    "django_unreachable": (
        "The AI analysis service does not answer, and it is not known whether the analysis was "
        "requested. Press again in a moment: it is not done twice. Tell the administrator if this "
        "goes on."
    ),
    "django_silent": (
        "The AI analysis service does not answer. Try again in a moment, and tell the "
        "administrator if this goes on."
    ),
    "plugin_refused": (
        "The AI analysis service does not accept this archive's token or address. Nothing was "
        "requested: tell the administrator."
    ),
    "busy": (
        "Several people are asking the AI analysis service at this moment. Nothing was requested: "
        "try again in a few seconds."
    ),
    "too_many_at_once": "Too many were chosen: at most {most} can be asked for at once.",
    "not_asked": "This was not asked for, because the one before could not be: try again later.",
    "invalid_request": (
        "The request cannot be read. Send a JSON object or no body at all, and headers in plain "
        "Latin letters."
    ),
    "invalid_page": '"since" must be a whole number from 0 on, and "limit" one from 1 on.',
    "plugin_not_configured": (
        "AI analysis is not set up on this archive: {problem} Tell the administrator."
    ),
    "other_site": (
        "This call came from a page of another site, and nothing was done. Use the button in this "
        "archive, or call without a browser."
    ),
    "ticket_required": (
        "Results are taken from workers only, with the ticket of their lease: header "
        "Segrelay-Ticket."
    ),
    "ticket_refused": (
        "The ticket is not, or no longer, good for this request. The archive's log has the reason."
    ),
    "result_refused": "The archive did not take this result: {why}",
    "result_no_dicom": "It is not a DICOM file that can be read.",
    "result_other_kind": "It is no segmentation, picture or report of Segrelay.",
    "result_other_patient": "It is of another patient than the series that was analysed.",
    "result_other_study": "It names another study than that of the series that was analysed.",
    "result_without_source": "It refers to no image that was analysed.",
    "result_foreign_reference": (
        "It refers to images that were not analysed, or are no longer in the archive."
    ),
    "result_identity_taken": "Something else in the archive has its UIDs.",
    "result_filtered": "Another script or plugin of this archive turned it away.",
    "not_mr": "The series is {modality}, and only MR series are analysed.",
    "no_mr_image": "The series holds no MR images, only derived objects.",
    "invalid_rules_test": (
        'Send {{"series_id": "…"}} with the id of a series in this archive, or {{"tags": '
        '{{"EchoTime": 3}}, "images": 24}} with DICOM keywords, as JSON.'
    ),
    "rule_matches": 'Rule "{rule}" matches: role {role}, models {models}, {request}.',
    "requests_nothing": "nothing is requested at once",
    "requests_at_once": "requested at once ({request_for}, {priority})",
    "requests_again": "requested at once ({request_for}, {priority}), and again when it grew",
    "no_rule_matches": "No rule takes this series: it is no candidate.",
    "rule_does_not_match": 'Rule "{rule}" does not match: {objections}.',
    "state_pending": "The analysis waits for an analysis computer.",
    "state_processing": "The series is being analysed.",
    "state_completed": "The series was analysed.",
    "state_segmented": "The series was segmented.",
    "state_nothing_found": "The series was analysed; the model found nothing to mark.",
    "state_failed": "The analysis failed.",
    "state_cancelled": "The analysis was cancelled.",
    "state_results_deleted": "Its results were deleted from the archive.",
    "state_outdated": (
        "The series has changed since then, so this does not cover all of its images: "
        "ask for the analysis again."
    ),
    "not_tagged_yet": "The series is still arriving, or was not looked at yet: wait a minute.",
    "no_rules": "No tagging rules are loaded: {problem}",
}

KOREAN = {
    "unknown_series": (
        "이 저장소에 시리즈 {series_id}이(가) 없습니다. 삭제되었을 수 있으니 검사를 다시 여십시오."
    ),
    "unknown_study": (
        "이 저장소에 검사 {study_id}이(가) 없습니다. 삭제되었을 수 있으니 환자를 다시 검색하십시오."
    ),
    "archive_unavailable": "저장소가 이 시리즈를 읽지 못했습니다. 잠시 후 다시 시도하십시오.",
    "django_unreachable": (
        "AI 분석 서비스가 응답하지 않습니다. 요청이 접수되었는지는 알 수 없습니다. 잠시 후 다시 "
        "누르십시오. 같은 분석이 두 번 실행되지는 않습니다. 계속되면 관리자에게 알리십시오."
    ),
    "django_silent": (
        "AI 분석 서비스가 응답하지 않습니다. 잠시 후 다시 시도하고, 계속되면 관리자에게 알리십시오."
    ),
    "plugin_refused": (
        "AI 분석 서비스가 이 저장소의 토큰이나 주소를 받아들이지 않습니다. 요청은 접수되지 "
        "않았습니다. 관리자에게 알리십시오."
    ),
    "busy": (
        "지금 여러 사람이 AI 분석 서비스를 이용하고 있습니다. 요청은 접수되지 않았습니다. "
        "몇 초 후 다시 시도하십시오."
    ),
    "too_many_at_once": "너무 많이 선택했습니다. 한 번에 {most}개까지 요청할 수 있습니다.",
    "not_asked": "앞의 요청이 접수되지 않아 요청하지 않았습니다. 나중에 다시 시도하십시오.",
    "invalid_request": (
        "요청을 읽을 수 없습니다. 본문은 JSON 객체로 보내거나 비워 두고, 헤더에는 라틴 문자만 "
        "쓰십시오."
    ),
    "invalid_page": '"since"는 0 이상의 정수, "limit"는 1 이상의 정수여야 합니다.',
    "plugin_not_configured": (
        "이 저장소에 AI 분석이 설정되어 있지 않습니다: {problem} 관리자에게 알리십시오."
    ),
    "other_site": (
        "다른 사이트의 페이지에서 온 호출이므로 아무것도 하지 않았습니다. 이 저장소의 버튼을 "
        "사용하거나 브라우저 없이 호출하십시오."
    ),
    "ticket_required": ("결과는 임대 티켓(헤더 Segrelay-Ticket)을 가진 워커에게서만 받습니다."),
    "ticket_refused": (
        "티켓이 이 요청에 유효하지 않거나 더 이상 유효하지 않습니다. 이유는 저장소의 로그에 "
        "있습니다."
    ),
    "result_refused": "저장소가 이 결과를 받지 않았습니다: {why}",
    "result_no_dicom": "읽을 수 있는 DICOM 파일이 아닙니다.",
    "result_other_kind": "Segrelay의 분할, 그림, 보고서가 아닙니다.",
    "result_other_patient": "분석한 시리즈와 다른 환자의 것입니다.",
    "result_other_study": "분석한 시리즈의 검사가 아닌 다른 검사를 가리킵니다.",
    "result_without_source": "분석한 영상을 하나도 가리키지 않습니다.",
    "result_foreign_reference": ("분석하지 않았거나 저장소에 더 이상 없는 영상을 가리킵니다."),
    "result_identity_taken": "저장소의 다른 객체가 같은 UID를 쓰고 있습니다.",
    "result_filtered": "이 저장소의 다른 스크립트나 플러그인이 거부했습니다.",
    "not_mr": "이 시리즈는 {modality}이며, MR 시리즈만 분석합니다.",
    "no_mr_image": "이 시리즈에는 MR 영상이 없고 파생 객체만 있습니다.",
    "invalid_rules_test": (
        '이 저장소에 있는 시리즈의 ID를 {{"series_id": "…"}}로, 또는 DICOM 키워드를 {{"tags": '
        '{{"EchoTime": 3}}, "images": 24}}로, JSON 형식으로 보내십시오.'
    ),
    "rule_matches": '규칙 "{rule}"에 맞습니다: 역할 {role}, 모델 {models}, {request}.',
    "requests_nothing": "바로 요청하지 않음",
    "requests_at_once": "바로 요청({request_for}, {priority})",
    "requests_again": "바로 요청({request_for}, {priority}), 시리즈가 늘어나면 다시 요청",
    "no_rule_matches": "이 시리즈에 맞는 규칙이 없어 분석 대상이 아닙니다.",
    "rule_does_not_match": '규칙 "{rule}"에 맞지 않습니다: {objections}.',
    "state_pending": "분석용 컴퓨터를 기다리고 있습니다.",
    "state_processing": "시리즈를 분석하고 있습니다.",
    "state_completed": "시리즈를 분석했습니다.",
    "state_segmented": "시리즈를 분석하여 분할 결과를 저장했습니다.",
    "state_nothing_found": "시리즈를 분석했지만 모델이 표시할 부위를 찾지 못했습니다.",
    "state_failed": "분석에 실패했습니다.",
    "state_cancelled": "분석이 취소되었습니다.",
    "state_results_deleted": "그 결과는 저장소에서 삭제되었습니다.",
    "state_outdated": (
        "그 뒤에 시리즈가 바뀌어 모든 영상을 다루지 않습니다. 분석을 다시 요청하십시오."
    ),
    "not_tagged_yet": "시리즈가 아직 수신 중이거나 확인 전입니다. 1분쯤 기다리십시오.",
    "no_rules": "태그 규칙을 읽지 못했습니다: {problem}",
}

TABLES = {"en": ENGLISH, "ko": KOREAN}


def sentence(code: str, *, language: str, parameters: Mapping[str, str] | None = None) -> str:
    """The sentence for a code in the reader's language."""
    return TABLES[language][code].format(**(parameters or {}))


def preferred_language(accept_language: str) -> str:
    """The known language that an Accept-Language header ranks highest (RFC 9110, 12.5.4)."""
    ranked = sorted(map(_ranked, accept_language.split(",")), key=lambda item: -item[1])
    return next((tag for tag, weight in ranked if tag in TABLES and weight > 0), "en")


def _ranked(item: str) -> tuple[str, float]:
    tag, _, weight = item.partition(";q=")
    try:
        return tag.strip().lower().split("-")[0], float(weight) if weight else 1.0
    except ValueError:
        return "", 0.0
