import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mark, strip, parseReturnUrl } from '../../static/js/src/returnUrl.js';

const CHECKOUT = 'a'.repeat(22);
const MARKER = `steppay_return=success.order_1.${CHECKOUT}`;
const STEPPAY = 'order_id=7&order_code=order_1&status=success';
const SHOP = 'https://shop.kr/p';
const CLAIM = { orderCode: 'order_1', checkout: CHECKOUT, orderId: '7', status: 'success' };
const OPENED = { orderCode: 'order_1', checkout: CHECKOUT, time: 1 };
const ADDRESSES = JSON.parse(readFileSync(new URL('../vectors/return-addresses.json', import.meta.url), 'utf8'));

/** undefined members say nothing */
const claim = (href, known) => JSON.parse(JSON.stringify(parseReturnUrl(href, known)[1] ?? null));

/** As our server gives an address to StepPay. @param {string} url */
const given = (url) => mark(url, 'success', 'order_1').replace('return=success.order_1.', '$&' + CHECKOUT);

/** How StepPay may append, which its guide leaves open. @type {Record<string, (url: string) => string>} */
const APPEND = {
  'with an &, before the fragment': (url) => url.replace(/#|$/, `&${STEPPAY}$&`),
  'with a second ?': (url) => url.replace(/#|$/, `?${STEPPAY}$&`),
  'twice': (url) => url.replace(/#|$/, `&${STEPPAY}&${STEPPAY}$&`),
  'without order_id': (url) => url.replace(/#|$/, '&order_code=order_1&status=success$&'),
  'in another order': (url) => url.replace(/#|$/, '&status=success&order_id=7&order_code=order_1$&'),
  'behind the fragment, with an &': (url) => url + (/#/.test(url) ? '&' : '#') + STEPPAY,
  'behind the fragment, with a ?': (url) => `${url}?${STEPPAY}`,
  'not at all': (url) => url,
};

for (const [how, append] of Object.entries(APPEND)) {
  test(`an_address_survives_byte_for_byte_where_steppay_appends: ${how}`, () => {
    for (const path of ADDRESSES) {
      const url = 'https://shop.kr' + path;
      const back = append(given(url));
      // `#` alone cannot be told from one that was appended with the parameters.
      const expected = how.endsWith('with an &') ? url.replace(/#$/, '') : url;
      assert.equal(strip(back).replace(how.endsWith('with an &') ? /#$/ : /$^/, ''), expected, back);
      const { orderCode, checkout, status } = claim(back);
      assert.deepEqual([orderCode, checkout, status], ['order_1', CHECKOUT, 'success'], back);
    }
  });
}

/** A fixed sequence that looks random: the same cases on every run. */
function* dice(seed) {
  for (;;) yield (seed = (seed * 48271) % 2147483647);
}

test('any_address_made_of_what_could_confuse_us_survives_every_way_of_appending', () => {
  const pieces = ['order_id', 'order_code', 'status', 'steppay', '=', '&', '?', ';', '/', '%', '%C0', '55', 'order_1', 'success', '.', 'x', '+', ''];
  const roll = dice(13);
  const some = () => Array.from({ length: roll.next().value % 9 }, () => pieces[roll.next().value % pieces.length]).join('');
  for (let turn = 0; turn < 20000; turn++) {
    const hash = roll.next().value % 3 ? '' : '#x' + some();
    const url = `https://shop.kr/${some().replace(/[?;]/g, '')}${roll.next().value % 4 ? '?' + some() : ''}${hash}`;
    for (const how of ['with an &, before the fragment', 'with a second ?', 'not at all']) {
      const back = APPEND[how](given(url));
      // A fragment that ends in StepPay's parameters for this very order cannot be told from one it appended.
      if (how === 'not at all' && /order_code=order_1&status=success$/.test(hash)) continue;
      assert.equal(strip(back), url, back);
      assert.equal(claim(back).status, 'success', back);
      assert.equal(strip(url), url);
      assert.equal(claim(url), null, url);
    }
  }
});

test('only_what_stands_behind_our_marker_is_read', () => {
  const cases = [
    [`?order_id=55&status=draft&${MARKER}&${STEPPAY}`, CLAIM],
    [`?order_id=55&status=error&order_code=MINE-1&${MARKER}`, { orderCode: 'order_1', checkout: CHECKOUT, status: 'success' }],
    [`?${MARKER}&${STEPPAY}#status=error&order_id=8`, CLAIM],
    [`?status=error&status=x#/r?${MARKER}&${STEPPAY}`, CLAIM],
    [`?${MARKER}#${STEPPAY}`, CLAIM],
  ];
  for (const [query, expected] of cases) assert.deepEqual(claim(SHOP + query), expected, query);
});

test('what_others_append_behind_it_stays', () => {
  const cases = [
    [`?${MARKER}&${STEPPAY}&utm=1`, '?utm=1'],
    [`?a=1&${MARKER}&utm=1&${STEPPAY}&b=#c`, '?a=1&utm=1&b=#c'],
    [`?${MARKER}?${STEPPAY}&b=`, '?b='],
    [`#/route?${MARKER}&${STEPPAY}&x=1`, '#/route?x=1'],
  ];
  for (const [query, kept] of cases) assert.equal(strip(SHOP + query), SHOP + kept, query);
});

test('an_address_that_still_held_an_earlier_return_gives_the_last_one', () => {
  const earlier = `steppay_return=error.order_0.${'b'.repeat(22)}&order_id=6&order_code=order_0&status=error`;
  const href = `${SHOP}?a=1&${earlier}&${MARKER}&${STEPPAY}#top`;
  assert.deepEqual(claim(href), CLAIM);
  assert.equal(strip(href), `${SHOP}?a=1#top`);
});

test('a_cancel_without_parameters_is_still_a_cancel', () => {
  const mine = `${SHOP}?steppay_return=cancel.order_1.`;
  for (const more of ['', CHECKOUT, '&order_code=order_1&status=error', '&order_id=&order_code=&status='])
    assert.equal(claim(mine + more).status, 'cancel', more);
});

test('a_contradiction_claims_nothing', () => {
  const none = { orderCode: 'order_1', checkout: CHECKOUT };
  const cases = [
    [`steppay_return=error.order_1.${CHECKOUT}&status=success`, none],
    [`steppay_return=cancel.order_1.${CHECKOUT}&status=success`, none],
    [`${MARKER}&status=success&status=error`, none],
    [`${MARKER}&order_code=order_2&order_id=8&status=success`, none],
    [`${MARKER}&order_code=order_1&order_code=order_2&status=success`, none],
    [`${MARKER}&order_id=7&order_id=8`, { ...none, status: 'success' }],
    [`${MARKER}&order_id=007`, { ...none, status: 'success' }],
  ];
  for (const [query, expected] of cases) assert.deepEqual(claim(`${SHOP}?${query}`), expected, query);
});

test('without_our_marker_nobody_came_back', () => {
  for (const path of [
    ...ADDRESSES,
    `/?${STEPPAY}`,
    '/orders?order_code=order_Mine00002&status=paid&tab=2',
    '/orders?order_code=A-2026-001&status=shipped',
    `/?steppay_return=&${STEPPAY}`,
    `/?steppay_return=paid.order_1.${CHECKOUT}&${STEPPAY}`,
    `/?steppay_return=success.order_1.short&${STEPPAY}`,
  ])
    assert.deepEqual(parseReturnUrl('https://shop.kr' + path), ['https://shop.kr' + path], path);
});

test('without_our_marker_only_the_order_that_this_browser_has_opened_comes_back', () => {
  const cases = [
    [`?${STEPPAY}`, CLAIM, ''],
    [`?order_code=order_1&status=error`, { orderCode: 'order_1', checkout: CHECKOUT, status: 'error' }, ''],
    [`?order_id=55&a=1&${STEPPAY}&b=2#top`, CLAIM, '?order_id=55&a=1&b=2#top'],
    [`?a=1?${STEPPAY}`, CLAIM, '?a=1'],
    [`?order_id=55&${STEPPAY}`, CLAIM, '?order_id=55'],
    [`#/route?${STEPPAY}`, CLAIM, '#/route'],
    [`?order_code=order_1&status=shipped`, null],
    [`?order_code=order_1`, null],
    [`?order_code=order_12&status=success`, null],
    [`?order_code=order_1&status=successful`, null],
    [`?order_code=order_2&status=success`, null],
  ];
  for (const [query, expected, kept = query] of cases) {
    assert.deepEqual(claim(SHOP + query, OPENED), expected, query);
    assert.equal(parseReturnUrl(SHOP + query, OPENED)[0], SHOP + kept, query);
  }
});

test('our_own_marker_is_the_last_of_the_query_and_all_else_stays', () => {
  for (const path of ADDRESSES)
    for (const status of ['success', 'error', 'cancel']) {
      const url = 'https://shop.kr' + path;
      const marked = mark(url, status, 'order_1');
      assert.deepEqual(claim(marked), { orderCode: 'order_1', status });
      assert.equal(strip(marked), url);
    }
});
