// What our server remembers of a checkout may be older than a refund: only a fresh answer is a result. The built file runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shopPage } from './browser.mjs';

const CHECKOUT = 'A'.repeat(22);
const REMEMBERED = { orderCode: 'order_a', verdict: 'paid', reason: 'payment_complete', fulfill: true, final: true };

/** What an earlier page of the shop has left in the storage. */
const left = (more) => JSON.stringify({ orderCode: 'order_a', checkout: CHECKOUT, time: Date.now(), ...more });

/**
 * The results that a shop's page hears while its payment window is open, and the questions to our server.
 * @param {string} [entry] given: the page opened nothing itself, and finds this
 * @param {object} [locks] the browser's, see navigator.locks
 * @param {(timer: () => void, wait: number, home: any) => void} [late] what becomes of a timer; default: nothing
 */
async function results(state, fresh, entry, locks, late = () => {}) {
  const heard = [];
  const answers = {
    '/v1/checkouts': [201, { checkout: CHECKOUT, payUrl: 'https://pay.test/' }],
    [`/v1/checkouts/${CHECKOUT}`]: [200, { state, verdict: REMEMBERED }],
    '/v1/verify': fresh,
  };
  const hear = ({ type, detail }) => (type === 'steppay:result' && heard.push(detail), false); // no screen
  const { home, asked } = shopPage(answers, hear, {
    navigator: { userAgent: '', language: 'ko', locks },
    setTimeout: (act, wait) => void setImmediate(() => late(act, wait, home)),
    ...(entry && { localStorage: { 'steppay:pending': entry }, sessionStorage: {} }),
  });
  if (!entry) home.StepPayCheckout.open({ order: 'order_a', mode: 'tab' });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  return { asked, heard, kept: home.localStorage?.['steppay:pending'] };
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

const PENDING = { ...REMEMBERED, verdict: 'pending', reason: 'not_paid_yet', fulfill: false, final: false };
const FAILED = { ...PENDING, verdict: 'failed', reason: 'payment_failed' };
const REFUNDED = { ...PENDING, verdict: 'refunded', reason: 'refunded' };
const FOUND = [
  ['paid since', 'open', {}, { ...REMEMBERED, token: 'signed' }, ['paid']],
  ['came back and failed', 'returned', {}, FAILED, ['failed']],
  ['failed, but the shopper did not come back', 'open', {}, FAILED, []],
  ['remembered as paid, refunded since', 'returned', {}, REFUNDED, ['refunded']],
  ['shown as pending, still pending', 'returned', { shown: 1 }, PENDING, []],
  ['shown as pending, failed since', 'returned', { shown: 1 }, FAILED, []],
  ['shown as pending, paid since', 'returned', { shown: 1 }, REMEMBERED, ['paid']],
  ['too long ago', 'returned', { time: Date.now() - 1800001 }, REMEMBERED, []],
];
for (const [name, state, more, fresh, expected] of FOUND) {
  test(`a_page_that_finds_an_earlier_checkout_tells_only_what_is_news: ${name}`, async () => {
    const { heard, asked, kept } = await results(state, [200, fresh], left(more));
    assert.deepEqual(heard.map(({ verdict }) => verdict), expected);
    assert.equal(asked.includes('/v1/verify'), name !== 'too long ago');
    if (expected.length) assert.equal(JSON.parse(kept), false);
  });
}

test('a_page_asks_nothing_while_another_page_of_the_shop_follows_the_checkout', async () => {
  const wanted = [];
  const locks = { request: (name) => (wanted.push(name), new Promise(() => {})) };
  const { asked, heard } = await results('returned', [200, REMEMBERED], left(), locks);
  assert.deepEqual([heard, asked.filter((path) => !path.startsWith('/v1/pages')), wanted], [[], [], ['steppay:' + CHECKOUT]]);
});

test('where_the_browser_refuses_locks_a_checkout_is_followed_all_the_same', async () => {
  const locks = { request: async () => { throw new Error('SecurityError'); } };
  assert.equal((await results('returned', [200, REMEMBERED], left(), locks)).heard.length, 1);
});

const FROZEN = { request: () => new Promise(() => {}) };
/** Ten seconds pass at once; nothing else does. */
const tenSeconds = (act, wait) => wait === 10000 && act();

test('a_page_whose_other_page_is_frozen_asks_after_ten_seconds', async () => {
  const { heard } = await results('returned', [200, { ...REMEMBERED, token: 'signed' }], left(), FROZEN, tenSeconds);
  assert.deepEqual(heard.map(({ verdict, token }) => [verdict, token]), [['paid', 'signed']]);
});

test('a_page_that_cannot_be_seen_leaves_the_telling_to_the_other_one', async () => {
  let turns = 0;
  const hidden = (act, wait, home) => {
    home.document.hidden = ++turns < 5;
    tenSeconds(act, wait);
  };
  const { heard } = await results('returned', [200, REMEMBERED], left(), FROZEN, hidden);
  assert.deepEqual([heard.length, turns >= 5], [1, true]);
  const never = await results('returned', [200, REMEMBERED], left(), FROZEN, (act, wait, home) => {
    home.document.hidden = true;
    if (turns-- > 0) act();
  });
  assert.deepEqual(never.heard, []);
});

test('a_page_that_asks_late_is_silent_when_the_other_one_was_faster', async () => {
  const { heard } = await results('returned', [200, REMEMBERED], left(), FROZEN, (act, wait, home) => {
    if (wait !== 10000) return;
    const { fetch } = home;
    home.fetch = (url, options) => {
      if (url.endsWith('/v1/verify')) home.localStorage['steppay:pending'] = 'false';
      return fetch(url, options);
    };
    act();
  });
  assert.deepEqual(heard, []);
});

test('where_the_browser_breaks_at_locks_a_checkout_is_followed_all_the_same', async () => {
  for (const locks of [undefined, {}, { request() { throw new Error('SecurityError'); } }])
    assert.equal((await results('returned', [200, REMEMBERED], left(), locks)).heard.length, 1);
});
