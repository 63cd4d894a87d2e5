import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { recall, remember, markNotified, markReported, wasReported } from '../../static/js/src/pendingCheckout.js';

const KEY = 'steppay:pending';
const STORES = ['localStorage', 'sessionStorage'];
const claim = (orderCode) => ({ orderCode, checkout: 'a'.repeat(22) });

function reset() {
  for (const name of STORES) Object.defineProperty(globalThis, name, { value: {}, configurable: true, writable: true });
}

beforeEach(reset);

test('an_checkout_is_found_by_this_tab_and_by_the_next_visit', () => {
  remember(claim('order_1'));
  assert.equal(recall().orderCode, 'order_1');
  globalThis.sessionStorage = {};
  assert.equal(recall().orderCode, 'order_1');
});

test('what_this_tab_opened_comes_before_what_another_one_did', () => {
  remember(claim('order_1'));
  localStorage[KEY] = JSON.stringify({ ...claim('order_2'), time: Date.now() });
  assert.equal(recall().orderCode, 'order_1');
});

test('half_an_hour_later_nothing_is_asked_any_more', () => {
  localStorage[KEY] = JSON.stringify({ ...claim('order_1'), time: Date.now() - 1800001 });
  assert.equal(recall(), undefined);
});

test('an_order_that_has_ended_forgets_itself_and_no_other', () => {
  remember(claim('order_1'));
  localStorage[KEY] = JSON.stringify({ ...claim('order_2'), time: Date.now() });
  markNotified('order_1', true);
  assert.equal(recall().orderCode, 'order_2');
  markNotified('order_2', true);
  assert.equal(recall(), undefined);
});

test('an_order_that_was_shown_as_pending_stays_known_as_shown_for_the_rest_of_its_half_hour', () => {
  remember(claim('order_1'));
  const { time } = recall();
  markNotified('order_1', false);
  assert.deepEqual(recall(), { ...claim('order_1'), time, shown: 1 });
});

test('only_what_a_later_question_needs_is_kept', () => {
  remember(claim('order_1'));
  assert.deepEqual(Object.keys(JSON.parse(localStorage[KEY])), ['orderCode', 'checkout', 'time']);
});

const blocked = { get: () => { throw new Error('storage is blocked'); }, configurable: true };
const full = () => new Proxy({}, { set() { throw new Error('QuotaExceededError'); } });
const TROUBLES = {
  blocked: (name) => Object.defineProperty(globalThis, name, blocked),
  'not there': (name) => Object.defineProperty(globalThis, name, { value: null, configurable: true }),
  full: (name) => Object.defineProperty(globalThis, name, { value: full(), configurable: true }),
  damaged: (name) => (globalThis[name] = { [KEY]: '{' }),
  'another shape': (name) => (globalThis[name] = { [KEY]: '7' }),
  'no order code': (name) => (globalThis[name] = { [KEY]: JSON.stringify({ orderCode: '(', time: Date.now() }) }),
  'no time': (name) => (globalThis[name] = { [KEY]: JSON.stringify(claim('order_0')) }),
  'of tomorrow': (name) => (globalThis[name] = { [KEY]: JSON.stringify({ ...claim('order_0'), time: Date.now() + 86400000 }) }),
};

for (const [trouble, make] of Object.entries(TROUBLES)) {
  for (const [name, other] of [STORES, [...STORES].reverse()])
    test(`one_store_in_trouble_does_not_cost_the_other: ${name} ${trouble}`, () => {
      make(name);
      assert.equal(recall(), undefined);
      remember(claim('order_1'));
      assert.equal(JSON.parse(globalThis[other][KEY]).orderCode, 'order_1');
      assert.equal(recall().orderCode, 'order_1');
      markNotified('order_1', true);
      assert.equal(JSON.parse(globalThis[other][KEY]), false);
      assert.equal(recall(), undefined);
      reset();
    });
  test(`payment_goes_on_without_a_memory: both ${trouble}`, () => {
    for (const name of STORES) make(name);
    assert.equal(recall(), undefined);
    remember(claim('order_1'));
    markNotified('order_1', true);
    assert.equal(recall(), undefined);
    reset();
  });
}

test('a_store_without_room_keeps_no_older_checkout', () => {
  const store = { [KEY]: JSON.stringify({ ...claim('order_0'), time: Date.now() }) };
  globalThis.localStorage = new Proxy(store, { set() { throw new Error('QuotaExceededError'); } });
  remember(claim('order_1'));
  globalThis.sessionStorage = {};
  assert.equal(recall(), undefined);
});

test('a_damaged_memory_is_dropped', () => {
  localStorage[KEY] = '{';
  assert.equal(recall(), undefined);
  assert.equal(KEY in localStorage, false);
});

test('a_return_was_reported_until_another_checkout_is_remembered', () => {
  const seen = (type) => {
    Object.defineProperty(performance, 'navigation', { value: { type }, configurable: true });
    return [!!wasReported('a'), !!wasReported('b')];
  };
  markReported('a', false);
  assert.deepEqual([seen(0), seen(1)], [[true, false], [true, false]]);
  markReported('a', true); // bad news: only a reload is the same arrival
  assert.deepEqual([seen(0), seen(1)], [[false, false], [true, false]]);
  remember(claim('order_1'));
  assert.ok(!wasReported('a'));
});
