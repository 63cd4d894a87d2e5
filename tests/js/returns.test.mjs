import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mark, parse, strip } from '../../static/js/src/returns.js';

const ATTEMPT = 'a'.repeat(22);
const MARKER = `steppay_return=success.order_1.${ATTEMPT}`;
const STEPPAY = 'order_id=7&order_code=order_1&status=success';
const SHOP = 'https://shop.kr/p';
const CLAIM = { orderCode: 'order_1', attempt: ATTEMPT, orderId: '7', status: 'success' };

/** undefined members say nothing */
const claim = (href) => JSON.parse(JSON.stringify(parse(href) ?? null));

test('a_claim_is_read_wherever_the_gateway_glued_it', () => {
  for (const href of [
    `${SHOP}?${MARKER}&${STEPPAY}`,
    `${SHOP}?${MARKER}?${STEPPAY}`,
    `${SHOP}#${MARKER}&${STEPPAY}`,
    `${SHOP}?${MARKER}#${STEPPAY}`,
    `${SHOP}#/route?${MARKER}&${STEPPAY}`,
    `${SHOP}?${STEPPAY};${MARKER}`,
    `${SHOP}?${MARKER}&${STEPPAY}&${STEPPAY}`,
  ])
    assert.deepEqual(claim(href), CLAIM, href);
});

test('a_cancel_without_parameters_is_still_a_cancel', () => {
  assert.equal(claim(`${SHOP}?steppay_return=cancel.order_1.${ATTEMPT}`).status, 'cancel');
  assert.equal(claim(`${SHOP}?steppay_return=cancel.order_1.&order_code=order_1&status=error`).status, 'cancel');
});

test('a_contradiction_claims_nothing', () => {
  const cases = [
    [`steppay_return=error.order_1.${ATTEMPT}&status=success`, { orderCode: 'order_1', attempt: ATTEMPT }],
    ['order_code=order_1&status=success&status=error', { orderCode: 'order_1' }],
    [`${MARKER}&order_code=order_2&order_id=8&status=success`, { orderCode: 'order_1', attempt: ATTEMPT }],
    ['order_code=order_1&order_id=7&order_id=8&status=error', { orderCode: 'order_1', status: 'error' }],
  ];
  for (const [query, expected] of cases) assert.deepEqual(claim(`${SHOP}?${query}`), expected, query);
});

test('an_ordinary_page_is_left_alone', () => {
  for (const query of ['', '?status=open', '?order_code=order_1', '?order_id=7&status=x', '?order_code=a&status=success'])
    assert.equal(parse(SHOP + query), undefined, query);
});

test('only_our_parameters_leave_the_address', () => {
  const cases = [
    [`?${MARKER}`, ''],
    [`?a=1&${MARKER}&${STEPPAY}`, '?a=1'],
    [`?${MARKER}?${STEPPAY}&b=`, '?b='],
    [`?a=1?${STEPPAY}&b=2`, '?a=1&b=2'],
    [`?${STEPPAY}#top`, '#top'],
    [`?q=1#/route?${STEPPAY}&x=1`, '?q=1#/route?x=1'],
    [`?next=/a?b=1&${MARKER}`, '?next=/a?b=1'],
    ['', ''],
  ];
  for (const [given, kept] of cases) assert.equal(strip(SHOP + given), SHOP + kept, given);
});

test('our_own_marker_is_read_back', () => {
  for (const url of [SHOP, `${SHOP}?a=1`, `${SHOP}?a=1#top`])
    for (const status of ['success', 'error', 'cancel']) {
      const marked = mark(url, status, 'order_1');
      assert.deepEqual(claim(marked), { orderCode: 'order_1', status });
      assert.equal(strip(marked), url);
    }
});
