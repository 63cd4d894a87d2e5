import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFailure, isPaid, isSettled, wait } from '../../static/js/src/backoff.js';

test('waits_grow_and_stay_within_their_jitter', () => {
  [1, 2, 3, 5, 8, 13, 20, 30, 30, 30].forEach((seconds, step) => {
    assert.ok(Math.abs(wait(step, null, 0) - seconds * 850) < 1e-6);
    assert.ok(Math.abs(wait(step, null, 1) - seconds * 1150) < 1e-6);
  });
});

test('the_server_may_ask_for_more_patience_never_for_less', () => {
  assert.equal(wait(0, 15, 0.5), 15000);
  assert.equal(wait(7, 1, 0.5), 30000);
});

test('only_money_that_is_in_may_end_an_open_payment', () => {
  // may end an open payment, ends a return, could be that of an earlier try
  const table = {
    paid: [true, true, false],
    no_charge: [true, true, false],
    failed: [false, true, true],
    canceled: [false, true, true],
    refunded: [false, true, false],
    partially_refunded: [false, true, false],
    mismatch: [false, true, false],
    pending: [false, false, false],
    unknown: [false, false, false],
  };
  for (const [verdict, expected] of Object.entries(table))
    assert.deepEqual(
      [isPaid({ verdict }), isSettled({ verdict, reason: '' }), isFailure({ verdict })],
      expected,
      verdict,
    );
});

test('waiting_for_a_bank_is_an_answer_and_other_waiting_is_not', () => {
  for (const reason of ['awaiting_deposit', 'awaiting_bank_debit']) assert.ok(isSettled({ verdict: 'pending', reason }));
  for (const reason of ['not_paid_yet', 'order_lagging', 'cancel_in_progress'])
    assert.ok(!isSettled({ verdict: 'pending', reason }));
});
