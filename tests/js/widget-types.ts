// Compiled, never run: what a merchant may write, and what the types must refuse.
import type { CheckoutSession, Part, StepPayEventMap, Verdict } from '../../static/js/widget.js';

StepPayCheckout.configure({ server: 'https://pay.shop.kr', locale: 'ko', texts: { paid: '고마워요' } });
StepPayCheckout.configure({ ordersUrl: '/my/orders', support: { label: '02-123-4567', url: 'tel:021234567' } });
const session: CheckoutSession = window.StepPayCheckout.open({ order: 'order_15XqwcM1f', mode: 'tab' });
StepPayCheckout.open({ order: async () => 'order_15XqwcM1f', signal: new AbortController().signal });
const returned: Promise<Verdict | null> = StepPayCheckout.handleReturn(new URL('https://shop.kr/'));
session.addEventListener('steppay:result', (event) => event.detail.fulfill satisfies boolean);
document.addEventListener('steppay:error', ({ detail }) => detail.code satisfies string);
document.createElement('a').addEventListener('steppay:pending', ({ detail }) => detail.reason satisfies string);
addEventListener('steppay:leave', (event) => event.preventDefault());
StepPayCheckout.open({ order: Promise.resolve('order_15XqwcM1f'), mode: 'iframe', container: '#pay' });
StepPayCheckout.open({ order: 'order_15XqwcM1f', mode: 'popup', container: document.querySelector('main') });
StepPayCheckout.configure({ texts: { frame: 'StepPay', not_paid_yet: '아직이에요', partially_refunded: '일부 환불' } });
({ icon: 'icon', ofPaid: 'paid', retry: 'retry', form: 'form', input: 'input' }) satisfies Record<string, Part>;

/** Every event has its detail's type, wherever it is heard. */
const details: { [K in keyof StepPayEventMap]: (event: StepPayEventMap[K]) => unknown } = {
  'steppay:open': ({ detail }) => detail satisfies null,
  'steppay:ready': ({ detail }) => detail satisfies null,
  'steppay:blocked': ({ detail }) => detail satisfies null,
  'steppay:leave': ({ detail }) => detail satisfies null,
  'steppay:return': ({ detail }) => detail satisfies null,
  'steppay:pending': ({ detail }) => detail satisfies Verdict,
  'steppay:result': ({ detail }) => detail satisfies Verdict,
  'steppay:close': ({ detail }) => detail satisfies null,
  'steppay:error': ({ detail }) => detail.recoverable satisfies boolean,
};
session.addEventListener('steppay:result', details['steppay:result']);
session.removeEventListener('steppay:result', details['steppay:result']);
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
// @ts-expect-error a selector or an element
StepPayCheckout.open({ order: 'order_15XqwcM1f', container: 7 });
// @ts-expect-error an order code is no number
StepPayCheckout.open({ order: 183682 });
// @ts-expect-error not an event of ours
document.addEventListener('steppay:paid', ({ detail }) => detail.fulfill);
// @ts-expect-error a result is read, never written
document.addEventListener('steppay:result', ({ detail }) => (detail.fulfill = true));
// @ts-expect-error a label and an address
StepPayCheckout.configure({ support: '02-123-4567' });
// @ts-expect-error a text is a string
StepPayCheckout.configure({ texts: { paid: 1 } });
// @ts-expect-error not a part
'dialog' satisfies Part;
