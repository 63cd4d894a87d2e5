// What our server remembers of a checkout may be older than a refund: only a fresh answer is a result. The built file runs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const SERVER = 'https://pay.shop.test';
const ATTEMPT = 'A'.repeat(22);
const REMEMBERED = { orderCode: 'order_a', verdict: 'paid', reason: 'payment_complete', fulfill: true, final: true };

/** The results that a shop's page hears while its payment window is open, and the questions to our server. */
async function results(state, fresh) {
  const asked = [];
  const heard = [];
  const answers = {
    '/v1/attempts': [201, { attempt: ATTEMPT, payUrl: 'https://pay.test/' }],
    [`/v1/attempts/${ATTEMPT}`]: [200, { state, verdict: REMEMBERED }],
    '/v1/verify': fresh,
  };
  const home = {
    ...{ URL, URLSearchParams, EventTarget, CustomEvent, AbortController, AbortSignal, setTimeout() {}, clearTimeout() {} },
    ...{ setInterval() {}, clearInterval() {}, navigator: { userAgent: '', language: 'ko' }, history: {} },
    location: new URL('https://shop.test/'),
    document: {
      documentElement: { lang: 'ko' },
      querySelector: () => ({ src: `${SERVER}/v1/widget.js`, dataset: {} }),
      dispatchEvent: ({ type, detail }) => (type === 'steppay:result' && heard.push(detail), false), // no screen
    },
    addEventListener() {},
    open: () => ({ closed: false, location: { replace() {} } }),
    async fetch(url) {
      const path = url.slice(SERVER.length);
      asked.push(path);
      const [status, body] = answers[path] || [404, {}];
      return { status, json: async () => body };
    },
  };
  home.window = home;
  vm.runInNewContext(readFileSync(new URL('../../static/js/widget.js', import.meta.url), 'utf8'), home);
  home.StepPayCheckout.open({ order: 'order_a', mode: 'tab' });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  return { asked, heard };
}

for (const state of ['open', 'returned']) {
  test(`a_remembered_paid_is_asked_again_and_the_result_is_the_fresh_signed_answer (${state})`, async () => {
    const { asked, heard } = await results(state, [200, { ...REMEMBERED, token: 'signed' }]);
    assert.ok(asked.includes('/v1/verify'));
    assert.deepEqual(heard.map(({ verdict, token }) => [verdict, token]), [['paid', 'signed']]);
  });
}

test('a_remembered_paid_is_no_result_after_a_refund', async () => {
  const refunded = { ...REMEMBERED, verdict: 'refunded', reason: 'refunded', fulfill: false };
  const { heard } = await results('returned', [200, refunded]);
  assert.deepEqual(heard.map(({ verdict }) => verdict), ['refunded']);
});

test('a_remembered_paid_is_no_result_while_nobody_can_be_asked', async () => {
  assert.deepEqual((await results('returned', [503, { code: 'upstream_unavailable' }])).heard, []);
});
