"""The Korean sentences of `docs/ko/settings.md`, by the name of the setting. They are Markdown."""

HEAD = """# 설정

<!-- `python -m tools.reference_docs`가 코드에서 만듭니다. 한국어 문장은 `tools/korean_settings.py`에 있습니다. -->

[English](../settings.md). 환경 변수나 작업 폴더의 `.env` 파일에서 읽습니다. 설정이 잘못되면 서버가 시작되지 않고
종료 코드 2로 끝나며, 모든 문제를 알려 줍니다. `widget-server serve`의 포트는 `--port`, 환경 변수 `PORT`(호스팅 플랫폼이
설정합니다), 8081 가운데 앞에 있는 것을 씁니다.
"""
OF_FILES = "`{}`의 값이 담긴 파일입니다. systemd와 컨테이너의 시크릿에 씁니다"
DEFAULTS = {"required": "필수", "none": "없음"}
SENTENCES = {
    "STEPPAY_SECRET_TOKEN": "스텝페이 포털의 Secret-Token입니다",
    "WIDGET_PUBLIC_URL": (
        "브라우저가 접속하는 이 서버의 주소입니다. `https://pay.shop.kr` 같은 전용 도메인이나 "
        "`https://shop.kr/steppay` 같은 쇼핑몰 도메인의 하위 경로를 씁니다: [sub-path.md](sub-path.md)"
    ),
    "WIDGET_ALLOWED_ORIGINS": (
        "쇼핑몰의 정확한 출처(origin)를 쉼표로 구분해 적습니다. 와일드카드는 쓸 수 없습니다. `WIDGET_PUBLIC_URL`에 "
        "경로가 있으면 생략할 수 있으며, 생략하면 `WIDGET_PUBLIC_URL`의 출처가 됩니다"
    ),
    "WIDGET_SHOP_NAME": (
        "구매자가 아는 쇼핑몰 이름이며 40자까지 적습니다. 결제 결과 위에 표시합니다: [구매자에게 보이는 쇼핑몰 "
        "정보](shop-identity.md)"
    ),
    "WIDGET_SHOP_LOGO_URL": (
        "쇼핑몰 이름 옆에 표시할 그림의 주소입니다. `WIDGET_ALLOWED_ORIGINS`에 있는 출처의 주소여야 합니다. 40픽셀 "
        "높이로 표시합니다"
    ),
    "WIDGET_SHOP_SUPPORT": (
        "구매자가 문의할 곳입니다. 전화번호, 이메일 주소, 또는 상담 채널 같은 https 주소를 적습니다"
    ),
    "WIDGET_SHOP_ORDERS_URL": (
        "구매자의 주문 내역을 보여 주는 쇼핑몰 페이지입니다. `WIDGET_ALLOWED_ORIGINS`에 있는 출처의 주소여야 합니다. "
        "결제한 다음에 이 페이지로 안내합니다"
    ),
    "WIDGET_DATABASE_URL": (
        "결제창 열람과 주문을 저장하는 데이터베이스의 주소입니다. 시작할 때마다 마이그레이션을 실행합니다. SQLite "
        '3.35 이상이나 `pip install ".[postgresql]"`로 설치한 뒤의 `postgresql://` 주소를 씁니다: [장애 조치, 커넥션 '
        "풀러, 전용 스키마](durability.md#쓸-수-있는-데이터베이스와-문제가-있을-때)"
    ),
    "WIDGET_API_KEY": (
        "쇼핑몰 백엔드가 주문의 금액을 등록하고 주문을 조회할 때 쓰는 키입니다: [merchant-api.md](merchant-api.md). "
        "무작위 문자 32자 이상이어야 합니다. 비워 두면 이 경로들을 쓸 수 없고, 등록한 금액과 통화도 비교하지 않습니다"
    ),
    "WIDGET_RATE_LIMIT": (
        "클라이언트 주소 하나가 보낼 수 있는 요청의 수입니다(IPv6은 /64 하나를 주소 하나로 봅니다). `/second`, "
        "`/hour`, `off`도 쓸 수 있습니다. 결제창 열람마다 한도가 따로 있으므로 1분에 구매자 100명이 같은 주소를 써도 "
        "됩니다. 더 많은 주문을 확인하는 백엔드는 한도가 없는 `GET /v1/orders/…?refresh=1`을 호출합니다"
    ),
    "WIDGET_RATE_LIMIT_STORE": (
        "요청의 수를 세는 곳입니다. 웹 프로세스마다 따로 세거나, 여러 프로세스와 서버가 함께 쓰는 Redis에서 셉니다. "
        "Redis의 주소는 `redis://:password@host:6379/0`이나 `rediss://`이고, `.[redis]`를 설치해야 합니다. Redis가 "
        "응답하지 않는 동안에는 프로세스마다 따로 셉니다"
    ),
    "STEPPAY_WEBHOOK_SECRETS": (
        "스텝페이 포털에 있는 웹훅의 시크릿입니다. `/v1/webhooks/steppay`로 오는 스텝페이 웹훅을 이 값으로 "
        "확인합니다. 시크릿을 바꾸는 동안에는 새것부터 쉼표로 구분해 여러 개를 적습니다. 비워 두면 이 경로를 쓸 수 "
        "없습니다"
    ),
    "WIDGET_WEBHOOK_V1": (
        "`on`이면 서명이 없는 예전 스텝페이 웹훅도 `/v1/webhooks/steppay-v1`에서 받습니다. 이 웹훅으로는 재확인만 "
        "합니다"
    ),
    "WIDGET_NOTIFY_URL": "주문의 알림(웹훅)을 받을 쇼핑몰 백엔드의 https 주소입니다: [deliveries.md](deliveries.md)",
    "WIDGET_NOTIFY_SECRET": (
        '알림에 서명하는 시크릿입니다. `whsec_` 뒤에 무작위 24~64바이트를 base64로 붙입니다: `echo "whsec_$(openssl '
        'rand -base64 32)"`'
    ),
    "WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK": (
        "`on`이면 알림을 받을 주소와 `WIDGET_ALERT_URL`에 사설망 주소를 쓸 수 있습니다"
    ),
    "WIDGET_ALERT_URL": (
        "사람이 처리해야 할 일이 생겼을 때 메시지를 받을 https 주소입니다. Slack이나 Discord의 수신 웹훅, 또는 "
        "JSON을 받는 직접 만든 주소를 씁니다: [alerts.md](alerts.md)"
    ),
    "WIDGET_CA_FILE": (
        "사설 인증 기관의 인증서가 담긴 PEM 파일입니다. 스텝페이와 백엔드를 호출할 때 공인 인증 기관과 함께 신뢰합니다"
    ),
    "WIDGET_EGRESS_PROXY": (
        "스텝페이와 백엔드를 호출할 때 거치는 프록시의 주소입니다. `http://[user:password@]host:port` 형식으로 "
        "적습니다: [사설 인증 기관과 프록시](deploy.md#사설-인증-기관과-프록시). 환경 변수 `HTTPS_PROXY`는 무시합니다"
    ),
    "WIDGET_FREE_ORDERS": (
        "`fulfill`이면 백엔드가 금액을 등록하지 않은 0원 주문도 상품을 지급할 수 있습니다: [무료 "
        "체험](free-trials.md). 조작된 가격도 0원일 수 있으므로, 금액을 등록할 수 없는 쇼핑몰에서만 쓰세요"
    ),
    "WIDGET_UNPAID_GRACE_DAYS": (
        "갱신 결제가 실패한 뒤에도 회원이 계속 이용할 수 있는 일수입니다(최대 30일): [구독](subscriptions.md)"
    ),
    "WIDGET_RETENTION_DAYS": (
        "이 일수(30 이상)가 지나면 확정된 주문, 끝난 구독, 전달된 알림, 처리한 스텝페이 웹훅을 삭제합니다"
    ),
    "WIDGET_METRICS_KEY": (
        "Prometheus가 `/metrics`를 읽을 때 Bearer 토큰으로 보내는 키입니다: [metrics.md](metrics.md). 무작위 문자 "
        "32자 이상이어야 합니다. 비워 두면 이 경로를 쓸 수 없습니다"
    ),
    "WIDGET_METRICS_DIR": (
        "여러 프로세스의 지표를 합치는 폴더입니다. `worker`를 따로 실행하거나 `serve`가 아닌 서버로 실행할 때만 "
        "필요합니다. 비워 두면 `serve`가 비공개 폴더를 만듭니다"
    ),
    "WIDGET_TRACES_URL": (
        "OpenTelemetry 추적을 보낼 주소입니다(OTLP over HTTP). 예: `http://127.0.0.1:4318/v1/traces`. 선택 패키지 "
        "`tracing`을 설치해야 합니다"
    ),
    "WIDGET_ADMIN_KEY": (
        "관리자 페이지를 여는 키입니다: [admin.md](admin.md). 무작위 문자 32자 이상이어야 합니다. 비워 두면 관리자 "
        "페이지가 없습니다"
    ),
    "WIDGET_ADMIN_ORIGIN": (
        "관리자 페이지의 주소입니다. 터널로 여는 `http://steppay-admin.localhost:8081`이나 "
        "`https://admin.pay.shop.kr`처럼 전용 호스트를 씁니다"
    ),
    "WIDGET_TRUSTED_PROXIES": (
        "`X-Forwarded-For`에 주소를 덧붙이는 우리 리버스 프록시의 수입니다. 0이면 이 헤더를 무시합니다"
    ),
    "WIDGET_PAGE_RULES_FILE": "[페이지 규칙](page-rules.md) 파일입니다",
    "WIDGET_OFFERS_FILE": "백엔드 없이 정적 페이지에서 판매할 항목을 적은 파일입니다: [offers.md](offers.md)",
    "WIDGET_OFFER_LIMIT": (
        "[판매 항목](offers.md#한도) 주문을 클라이언트 주소 하나에서 몇 건까지 받을지 정합니다. 한꺼번에는 그 "
        "5분의 1까지 받습니다"
    ),
    "WIDGET_SIGNING_KEY_FILE": (
        "결과에 서명하는 키가 담긴 파일입니다. 처음 시작할 때 소유자만 읽을 수 있게 만들어집니다. 잃어버리지 않게 "
        "보관하세요. 서버가 여러 대이면 같은 파일을 씁니다"
    ),
    "WIDGET_ENV": (
        "`sandbox`이면 `127.0.0.1`, `localhost`, `*.localhost`에서 http를 쓸 수 있고, 스텝페이의 테스트 주소도 쓸 수 "
        "있습니다"
    ),
    "STEPPAY_API_URL": "다른 주소는 `WIDGET_ENV=sandbox`일 때만 쓸 수 있습니다",
    "WIDGET_PLAYGROUND": (
        "`on`이면 위젯을 시험하고 태그를 복사하는 화면이 `/playground`에 열립니다. 테스트 주문을 만들어 주는 쇼핑몰 "
        "페이지의 주소를 적어도 됩니다: [playground.md](playground.md). `WIDGET_ENV=sandbox`이면 항상 켜져 있습니다"
    ),
    "FLASK_DEBUG": "설정하지 마세요. 디버거가 켜져 있으면 서버가 시작되지 않습니다",
}
