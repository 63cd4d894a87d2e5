import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { recall, remember, told } from '../../static/js/src/pending.js';

const KEY = 'steppay:pending';
const claim = (orderCode) => ({ orderCode, attempt: 'a'.repeat(22) });

beforeEach(() => {
  globalThis.localStorage = {};
  globalThis.sessionStorage = {};
});

test('an_attempt_is_found_by_this_tab_and_by_the_next_visit', () => {
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
  told('order_1', true);
  assert.equal(recall().orderCode, 'order_2');
  told('order_2', true);
  assert.equal(recall(), undefined);
});

test('an_order_that_was_told_as_pending_stays_known_as_told_for_the_rest_of_its_half_hour', () => {
  remember(claim('order_1'));
  const { time } = recall();
  told('order_1', false);
  assert.deepEqual(recall(), { ...claim('order_1'), time, told: 1 });
});

test('only_what_a_later_question_needs_is_kept', () => {
  remember(claim('order_1'));
  assert.deepEqual(Object.keys(JSON.parse(localStorage[KEY])), ['orderCode', 'attempt', 'time']);
});

test('payment_goes_on_without_a_memory', () => {
  const blocked = { get: () => { throw new Error('storage is blocked'); }, configurable: true };
  for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, blocked);
  remember(claim('order_1'));
  told('order_1', true);
  assert.equal(recall(), undefined);
  for (const name of ['localStorage', 'sessionStorage']) delete globalThis[name];
});

test('a_damaged_memory_is_no_memory', () => {
  localStorage[KEY] = '{';
  assert.equal(recall(), undefined);
});
