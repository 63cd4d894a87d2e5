"""What a shop's server does for one page, in the language of the shop: the pinned tag, an order, the button.

Without a package for Node and PHP. What belongs to an order besides that is in docs/recipes.
"""

from urllib.parse import quote

from widget_server.services.snippet import CONTAINER, Page

_FLASK = """\
from flask import Flask, redirect, render_template_string

from widget_server import StepPayCheckout

app = Flask(__name__)
app.config["STEPPAY_CHECKOUT_URL"] = "{server}"  # the environment has WIDGET_API_KEY and WIDGET_NOTIFY_SECRET
app.config["WIDGET_ALLOWED_ORIGINS"] = "{shop}"
checkout = StepPayCheckout(app)
PAGE = \"\"\"{{{{ steppay_tag({tag}) }}}}
{{{{ steppay_button(code, "{text}"{button}) }}}}{place}\"\"\"


@app.post("/orders")
def order():
    made = checkout.create_order(
        customer={{"name": "{customer}", "email": "dallae@example.com"}},
        items=[{{"productCode": "product_beans", "priceCode": "price_beans"}}],
    )
    return redirect(f"/orders/{{made.order_code}}")


@app.get("/orders/<code>")
def pay(code):
    return render_template_string(PAGE, code=code)
"""
_NODE = """\
const SERVER = '{server}';
const kept = {{ tag: '', until: 0 }};

// The pinned tag; the last one while the server does not answer.
export async function scriptTag() {{
  if (Date.now() > kept.until) {{
    kept.until = Date.now() + 300_000;
    const limit = {{ signal: AbortSignal.timeout(3000) }};
    const answer = await fetch(`${{SERVER}}/v1/tag?page={path}`, limit).catch(() => null);
    const {{ src, integrity }} = answer?.ok ? await answer.json() : {{}};
    const pin = `src="${{src}}" integrity="${{integrity}}" crossorigin="anonymous"`;
    if (src) kept.tag = `<script defer ${{pin}} data-steppay-checkout{tag}></script>`;
  }}
  return kept.tag;
}}

// key: a new one for each order of yours. After no answer, 409, 429 or 503 call it again with the same key.
export async function createOrder(key) {{
  const answer = await fetch(`${{SERVER}}/v1/orders`, {{
    method: 'POST',
    headers: {{
      'Authorization': `Bearer ${{process.env.WIDGET_API_KEY}}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': key,
    }},
    body: JSON.stringify({{
      customer: {{ name: '{customer}', email: 'dallae@example.com' }},
      items: [{{ productCode: 'product_beans', priceCode: 'price_beans' }}],
    }}),
  }});
  if (answer.status !== 201) throw new Error(await answer.text());
  return answer.json();
}}

export const payButton = ({{ orderCode }}) =>
  `<a href="${{SERVER}}/v1/pay/${{orderCode}}" data-steppay-order="${{orderCode}}"{button}>{text}</a>{place}`;
"""
_PHP = """\
<?php
const SERVER = '{server}';
const KEPT = __DIR__ . '/kept/steppay-tag.json'; // only the shop's programs may write there

// The pinned tag; the last one while the server does not answer.
function script_tag(): string
{{
    if (time() - (@filemtime(KEPT) ?: 0) > 300) {{
        $limits = stream_context_create(['http' => ['timeout' => 3]]);
        $answer = @file_get_contents(SERVER . '/v1/tag?page={path}', false, $limits);
        isset(json_decode($answer ?: '', true)['src']) ? file_put_contents(KEPT, $answer, LOCK_EX) : @touch(KEPT);
        clearstatcache();
    }}
    $tag = json_decode((string) @file_get_contents(KEPT), true);
    if (!$tag) {{
        return '';
    }}
    $pin = "src=\\"{{$tag['src']}}\\" integrity=\\"{{$tag['integrity']}}\\" crossorigin=\\"anonymous\\"";
    return "<script defer $pin" . ' data-steppay-checkout{tag}></script>';
}}

// $key: a new one for each order of yours. After no answer, 409, 429 or 503 call it again with the same key.
function create_order(string $key): array
{{
    $bearer = 'Authorization: Bearer ' . getenv('WIDGET_API_KEY');
    $order = [
        'customer' => ['name' => '{customer}', 'email' => 'dallae@example.com'],
        'items' => [['productCode' => 'product_beans', 'priceCode' => 'price_beans']],
    ];
    $call = [
        'method' => 'POST',
        'header' => [$bearer, 'Content-Type: application/json', "Idempotency-Key: $key"],
        'content' => json_encode($order),
        'timeout' => 20,
        'ignore_errors' => true,
    ];
    $body = @file_get_contents(SERVER . '/v1/orders', false, stream_context_create(['http' => $call]));
    $made = json_decode($body ?: '', true);
    return isset($made['orderCode']) ? $made : throw new RuntimeException($body ?: 'no answer');
}}

function pay_button(array $order): string
{{
    return '<a href="' . SERVER . "/v1/pay/{{$order['orderCode']}}\\" data-steppay-order=\\"{{$order['orderCode']}}\\""
        . '{button}>{text}</a>{place}';
}}
"""


def shop_code(public_url: str, shop: str, page: Page, *, text: str, customer: str, in_page: bool) -> dict[str, str]:
    """By language: `flask`, `node`, `php`. `text`: that of the button; `customer`: a name; `in_page`: the frame opens
    inside the page."""
    wishes = {name: wish for name, wish in (("locale", page.locale), ("theme", page.theme)) if wish != "auto"}
    mode = {"mode": page.forced_mode} if page.forced_mode else {}
    place = f'\n<div id="{CONTAINER[1:]}"></div>' if in_page else ""
    container = {"container": CONTAINER} if in_page else {}
    html = {
        "server": public_url,
        "path": quote(page.path, safe="/"),
        "text": text,
        "customer": customer,
        "place": place,
        "tag": _attributes(mode | wishes),
        "button": _attributes(container),
    }
    python = {
        "tag": ", ".join(f'data_{name}="{value}"' for name, value in (mode | wishes).items()),
        "button": "".join(f', data_{name}="{value}"' for name, value in container.items()),
        "shop": shop,
    }
    return {
        "flask": _FLASK.format(**(html | python)).rstrip(),
        "node": _NODE.format(**html).rstrip(),
        "php": _PHP.format(**html).rstrip(),
    }


def _attributes(given: dict[str, str]) -> str:
    return "".join(f' data-{name}="{value}"' for name, value in given.items())
