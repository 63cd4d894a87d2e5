// What follows which verdict, on which page. The browsers' part of it: tests/browser/test_hand_over.py.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { handOver } from '../../static/js/src/handOver.js';
import { options } from '../../static/js/src/settings.js';

const PAID = { orderCode: 'order_1', verdict: 'paid', fulfill: true, token: 'signed' };
const submitted = [];
globalThis.HTMLFormElement = class {
  submit() {
    submitted.push(this.name);
  }
};

/** A form with the input, and pay buttons of these orders. */
function form(name, ...orders) {
  const has = (css) => orders.find((order) => css === `[data-steppay-order="${order}"]` || css === '[data-steppay-order]');
  const input = { value: '', form: Object.assign(new HTMLFormElement(), { name, querySelector: (css) => has(css) ?? null }) };
  return input;
}

/** @returns what became of the page: the form that was submitted, or the address that was opened */
function after(verdict, { forms = [], element, tag }) {
  submitted.length = 0;
  const start = 'https://shop.kr/a/b';
  globalThis.location = { origin: 'https://shop.kr', href: start };
  globalThis.document = { baseURI: start, querySelectorAll: () => forms, querySelector: () => (element ? { dataset: element } : null) };
  options.successUrl = tag;
  const left = !!handOver(null, verdict);
  const way = submitted[0] || (location.href !== start && location.href) || null;
  assert.equal(left, !!way);
  return way;
}

afterEach(() => delete options.successUrl);

const BOTH = () => ({ forms: [form('mine', 'order_1')], tag: '/thanks' });
const CASES = [
  ['paid', PAID, BOTH, 'mine'],
  ['a free order that may be fulfilled', { ...PAID, verdict: 'no_charge' }, BOTH, 'mine'],
  ['a free order that may not', { ...PAID, verdict: 'no_charge', fulfill: false }, BOTH, null],
  ['refunded', { ...PAID, verdict: 'refunded', fulfill: false }, BOTH, null],
  ['no token, so no form and no next page', { ...PAID, token: undefined }, BOTH, null],
  ['the form of another order', PAID, () => ({ forms: [form('other', 'order_2')] }), null],
  ['its form among others', PAID, () => ({ forms: [form('free'), form('other', 'order_2'), form('mine', 'order_1')] }), 'mine'],
  ['the only form', PAID, () => ({ forms: [form('only')] }), 'only'],
  ['one of two forms', PAID, () => ({ forms: [form('a'), form('b')] }), null],
  ['a next page from the tag', PAID, () => ({ tag: '/thanks' }), 'https://shop.kr/thanks'],
  ['a next page beside the page', PAID, () => ({ tag: 'thanks?a=1' }), 'https://shop.kr/a/thanks?a=1'],
  ['the element comes first', PAID, () => ({ element: { successUrl: '/mine' }, tag: '/thanks' }), 'https://shop.kr/mine'],
  ['another order has the form: the next page', PAID, () => ({ forms: [form('other', 'order_2')], tag: '/thanks' }), 'https://shop.kr/thanks'],
  ['no next page', PAID, () => ({}), null],
  ...['https://evil.kr/', '//evil.kr', 'https://shop.kr.evil.kr/', 'https://shop.kr@evil.kr/', 'http://shop.kr/', 'javascript:alert(1)',
    'blob:https://shop.kr/x', 'data:text/html,x', 'http://['].map((tag) => [`elsewhere: ${tag}`, PAID, () => ({ tag }), null]),
];
for (const [name, verdict, page, expected] of CASES)
  test(`what_follows_a_verdict: ${name}`, () => assert.equal(after(verdict, page()), expected));
