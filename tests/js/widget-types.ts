// Compiled, never run: what a merchant may write, and what the types must refuse.
import type { CheckoutSession, Verdict } from '../../static/js/widget.js';

StepPayCheckout.configure({ server: 'https://pay.shop.kr', locale: 'ko', texts: { paid: '고마워요' } });
const session: CheckoutSession = window.StepPayCheckout.open({ order: 'order_15XqwcM1f', mode: 'tab' });
StepPayCheckout.open({ order: async () => 'order_15XqwcM1f', signal: new AbortController().signal });
const returned: Promise<Verdict | null> = StepPayCheckout.handleReturn(new URL('https://shop.kr/'));
session.addEventListener('steppay:result', (event) => event.detail.fulfill satisfies boolean);
document.addEventListener('steppay:error', ({ detail }) => detail.code satisfies string);
document.createElement('a').addEventListener('steppay:pending', ({ detail }) => detail.reason satisfies string);
void returned;

// @ts-expect-error an order is needed
StepPayCheckout.open({ mode: 'tab' });
// @ts-expect-error not a mode
StepPayCheckout.open({ order: 'order_15XqwcM1f', mode: 'modal' });
// @ts-expect-error not a language we speak
StepPayCheckout.configure({ locale: 'fr' });
// @ts-expect-error not a text
StepPayCheckout.configure({ texts: { thanks: '고마워요' } });
// @ts-expect-error the server decides
session.state = 'settled';
// @ts-expect-error a session opens nothing
session.open();
// @ts-expect-error nobody may have come back
StepPayCheckout.handleReturn().then((verdict) => verdict.fulfill);
// @ts-expect-error a verdict is never a success flag
session.result.then((verdict) => verdict.success);
// @ts-expect-error an error carries no verdict
document.addEventListener('steppay:error', ({ detail }) => detail.verdict);
