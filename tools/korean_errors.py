"""The Korean sentences of `docs/ko/errors.md`, by the error code: what it means, what to do. They are Markdown."""

HEAD = """# 오류 코드

<!-- `python -m tools.reference_docs`가 코드에서 만듭니다. 한국어 문장은 `tools/korean_errors.py`에 있습니다. -->

[English](../errors.md). 모든 오류는 `application/problem+json`이고, 바뀌지 않는 `code`와 설명 `detail`이 있습니다.
결제에 관한 오류에는 `"verdict": "unknown"`, `"fulfill": false`, `retryAfter`도 있습니다. [위젯의 코드](events.md)는
따로 있습니다.
"""
SENTENCES = {
    "invalid_json": (
        "본문이 UTF-8 JSON이 아니거나, 파서에 따라 다르게 읽힐 수 있는 JSON입니다",
        "UTF-8로 된 JSON 객체 하나를 보냅니다. 같은 키를 두 번 쓰거나, NaN을 쓰거나, 깊이 중첩하지 않습니다",
    ),
    "invalid_signature": (
        "서명이 없거나 틀렸습니다",
        "시크릿이 스텝페이 포털의 값과 다르거나, 전달되는 도중에 본문이 바뀌었습니다",
    ),
    "signature_expired": (
        "서명한 지 5분이 넘었거나, 서명한 시각이 미래입니다",
        "서명한 시각이 5분 넘게 차이 납니다. 양쪽 서버의 시계를 비교하세요",
    ),
    "unauthorized": (
        "`Authorization: Bearer`에 이 서버의 WIDGET_API_KEY(/metrics는 WIDGET_METRICS_KEY)를 보내야 합니다",
        (
            "백엔드는 `Authorization: Bearer`에 `WIDGET_API_KEY`를, Prometheus는 `WIDGET_METRICS_KEY`를 보내야 "
            "합니다. 다른 헤더는 인정하지 않습니다"
        ),
    ),
    "browser_not_allowed": (
        (
            "쇼핑몰 백엔드만 호출할 수 있고, 페이지에서는 호출할 수 없습니다. 페이지에 있는 키는 방문자가 읽을 수 "
            "있습니다"
        ),
        (
            "페이지가 백엔드용 경로를 호출했습니다(`Origin` 또는 `Sec-Fetch-Site: same-origin` 헤더가 있습니다). "
            "백엔드에서 호출하세요"
        ),
    ),
    "merchant_api_disabled": (
        "이 서버에 WIDGET_API_KEY가 없어 쇼핑몰 백엔드용 경로를 쓸 수 없습니다",
        "백엔드용 경로를 쓰려면 `WIDGET_API_KEY`를 설정합니다",
    ),
    "origin_not_allowed": (
        "페이지의 출처(origin)가 위젯 서버의 WIDGET_ALLOWED_ORIGINS나 판매 항목의 출처에 없습니다",
        "페이지의 정확한 출처를 `WIDGET_ALLOWED_ORIGINS`와 판매 항목의 `origins`에 추가합니다",
    ),
    "checkout_not_found": (
        "이 ID로 연 결제창이 없거나 너무 오래되었습니다",
        "이 ID의 결제창 열람이 없거나 7일이 지났습니다",
    ),
    "metrics_disabled": (
        "이 서버에 WIDGET_METRICS_KEY가 없어 지표가 꺼져 있습니다",
        "지표를 켜려면 `WIDGET_METRICS_KEY`를 설정합니다",
    ),
    "not_found": (
        "찾을 수 없습니다",
        "없는 주소입니다. 실행 중인 서버의 `/docs`를 보세요",
    ),
    "order_not_found": (
        "이 주문번호의 주문을 모릅니다",
        (
            "스텝페이에 이 주문이 없습니다. Secret-Token과 주문이 같은 환경의 것인지 확인하세요. `refresh=1` 없는 "
            "`GET /v1/orders/…`의 응답이면 저장된 기록이 없다는 뜻입니다"
        ),
    ),
    "subscription_ended": (
        "취소되었거나 만료된 구독입니다. 다시 살아나지 않으므로 결제수단을 바꿀 수 없습니다",
        "회원에게 새 구독을 판매합니다",
    ),
    "subscription_not_found": (
        "이 번호의 구독을 모릅니다",
        "`subscriptionIds`에 있는 번호를 같은 계정의 Secret-Token으로 조회합니다. "
        "`customerId`는 그 구독의 고객 번호여야 합니다",
    ),
    "webhooks_disabled": (
        "이 종류의 웹훅이 꺼져 있습니다",
        "`STEPPAY_WEBHOOK_SECRETS`를 설정합니다. 예전 스텝페이 웹훅은 `WIDGET_WEBHOOK_V1=on`으로 받습니다",
    ),
    "method_not_allowed": (
        "허용되지 않는 메서드입니다",
        "주소는 있지만 이 메서드는 쓸 수 없습니다. 쓸 수 있는 메서드는 `Allow` 헤더에 있습니다",
    ),
    "expectation_settled": (
        "이 주문에 등록한 금액과 통화로 최종 결과가 나왔으므로 바꿀 수 없습니다",
        "이전에 등록한 금액으로 최종 결과가 나왔으므로 바꿀 수 없습니다. 차액은 스텝페이에서 환불하거나 청구합니다",
    ),
    "order_in_progress": (
        "같은 `Idempotency-Key`의 다른 요청이 지금 주문을 만들고 있습니다",
        "같은 `Idempotency-Key`를 지금 쓰고 있습니다. `Retry-After` 뒤에 같은 요청을 다시 보냅니다",
    ),
    "order_unconfirmed": (
        (
            "주문을 스텝페이에 보냈지만 쓸 수 있는 응답을 받지 못했습니다. 같은 `Idempotency-Key`로 같은 요청을 "
            "보내면 먼저 그 주문을 찾아보고, 두 번째 주문은 만들지 않습니다"
        ),
        (
            "새 주문에 대한 스텝페이의 응답이 오지 않았습니다. `Retry-After` 뒤에 같은 `Idempotency-Key`로 같은 "
            "요청을 보냅니다. 1분 동안은 먼저 그 주문을 찾아보며, 주문을 두 번 만들지 않습니다"
        ),
    ),
    "too_large": (
        "본문이 이 경로의 한도보다 큽니다",
        "결제 확인은 4 KiB, 결제창 열람은 8 KiB, 스텝페이 웹훅은 1 MiB까지입니다",
    ),
    "unsupported_media_type": (
        "`application/json`이 아니거나 압축되어 있습니다",
        "`Content-Type: application/json`으로, 압축하지 않고 보냅니다",
    ),
    "idempotency_key_reused": (
        "이 `Idempotency-Key`는 다른 주문의 것입니다. 아무것도 만들지 않았습니다",
        "이 `Idempotency-Key`를 다른 본문에 썼습니다. 주문마다 새 키를 씁니다",
    ),
    "invalid_request": (
        "본문에 잘못된 항목이 있습니다. 어느 항목이 왜 잘못되었는지는 `errors`에 있습니다",
        "`errors`에 잘못된 항목마다 올바른 형식이 있습니다",
    ),
    "offer_not_found": (
        "판매 목록 파일에 그런 판매 항목이 없거나 파일이 없습니다",
        "`WIDGET_OFFERS_FILE`에 없는 판매 항목입니다. 페이지에 쓴 이름과 파일의 `id`를 비교합니다",
    ),
    "offer_changed": (
        "스텝페이의 가격이 판매 목록 파일과 다릅니다. 주문번호를 내보내지 않으므로 결제되지 않습니다",
        (
            "스텝페이의 가격이 [판매 목록 파일](offers.md)과 다릅니다. `widget-server doctor`가 두 금액을 모두 "
            "알려 줍니다. 주문번호를 내보내지 않았으므로 결제되지 않습니다"
        ),
    ),
    "order_refused": (
        "스텝페이가 요청한 대로는 주문이나 고객을 만들지 않습니다. 아무것도 만들지 않았습니다",
        (
            "스텝페이에 그런 상품, 가격, 고객이 없거나 허용되지 않는 값이 있습니다. 스텝페이의 상태와 코드가 "
            "`detail`에 있습니다. 아무것도 만들지 않았으므로 요청을 고쳐서 보냅니다"
        ),
    ),
    "rate_limited": (
        "이 주소에서 요청이 너무 많이 왔습니다. 결제 여부와는 관계없으므로 나중에 다시 확인하세요",
        "이 클라이언트 주소가 `WIDGET_RATE_LIMIT`보다 많은 요청을 보냅니다. `Retry-After` 뒤에 다시 보냅니다",
    ),
    "http_error": (
        "어느 경로에도 전달하지 않고 요청을 거부했습니다",
        "HTTP에서 허용하지 않는 요청입니다. 이유는 상태 코드로 알 수 있습니다",
    ),
    "internal_error": (
        "서버에 문제가 생겼습니다. 운영자가 로그에서 `requestId`로 찾을 수 있습니다",
        "서버의 버그입니다. 로그에서 `requestId`로 찾습니다",
    ),
    "order_outcome_unknown": (
        (
            "새 주문을 스텝페이에 보냈지만 쓸 수 있는 응답을 받지 못했습니다. 주문이 만들어졌을 수도 있으므로 "
            "자동으로 다시 보내지 마세요"
        ),
        (
            "새 주문이 스텝페이에 있을 수도, 없을 수도 있습니다. **자동으로 다시 보내지 마세요.** 페이지가 "
            "주문번호를 받지 않았으면 청구되지 않습니다. 고객이 처음부터 다시 하게 하거나(새 `Idempotency-Key`를 "
            "씁니다) 스텝페이 포털에서 확인하세요"
        ),
    ),
    "order_not_bound": (
        (
            "스텝페이에 주문을 만들었지만 받아야 할 금액을 저장하지 못했습니다. 금액을 등록하기 전에는 페이지에 "
            "`order_code`를 주지 마세요. 새 주문을 만들어도 됩니다. 이 주문은 결제되지 않은 채로 남습니다"
        ),
        (
            "데이터베이스에 새 주문의 금액을 저장하지 못했습니다. 페이지에 주문번호를 주기 전에 금액을 "
            "등록하거나([merchant-api.md](merchant-api.md)) 새 주문을 만듭니다"
        ),
    ),
    "overloaded": (
        "지금 서버가 바쁩니다. 결제 여부와는 관계없으므로 다시 확인하세요",
        (
            "한 프로세스의 한도보다 많은 요청이 기다리고 있어 스텝페이를 호출하지 않았습니다. `Retry-After` 뒤에 "
            "다시 보냅니다"
        ),
    ),
    "storage_unavailable": (
        "서버의 데이터베이스가 응답하지 않습니다. 결제 여부와는 관계없으므로 다시 시도하세요",
        (
            "데이터베이스가 응답하지 않거나 쓸 수 없습니다. `/readyz`와 로그를 보세요. `WIDGET_API_KEY`가 있으면 "
            "그동안 주문을 확인하지 않습니다"
        ),
    ),
    "upstream_bad_response": (
        "스텝페이의 응답을 쓸 수 없습니다. 결제 여부와는 관계없으므로 다시 확인하세요",
        "스텝페이의 응답이 문서와 다르거나 다른 주문에 대한 것입니다. 로그에 문제가 된 항목이 있습니다",
    ),
    "upstream_rate_limited": (
        "스텝페이가 기다리라고 응답했습니다. 결제 여부와는 관계없으므로 다시 확인하세요",
        "스텝페이가 우리 요청의 수를 제한합니다. `Retry-After` 뒤에 다시 보냅니다",
    ),
    "upstream_timeout": (
        "스텝페이가 제때 응답하지 않았습니다. 결제 여부와는 관계없으므로 다시 확인하세요",
        "스텝페이가 8초 안에 응답하지 않았습니다. 다시 보냅니다",
    ),
    "upstream_unavailable": (
        "지금 스텝페이에 연결할 수 없습니다. 결제 여부와는 관계없으므로 다시 확인하세요",
        (
            "스텝페이에 연결할 수 없거나 스텝페이가 Secret-Token을 거부했습니다. 거부하면 로그에 `upstream_auth`가 "
            "나오고, 다른 원인은 알 수 있으면 `upstream_certificate`, `upstream_no_address`, `upstream_proxy`로 "
            "나옵니다. `Retry-After` 뒤에 다시 보냅니다"
        ),
    ),
}
