// @ts-check
// When to ask again, and which answers end the asking. Pure.

/** @typedef {import('../widget.js').Verdict} Verdict */

export const AFTER_RETURN = 180000; // ms: a shopper who came back gets a result after three minutes
export const FROZEN = 10000; // ms: so long a page waits for the one that follows the same checkout
export const WHILE_OPEN = 1800000; // ms: a payment window is followed for half an hour

/**
 * @param {number} step 0, 1, 2, ...
 * @param {number | null | undefined} retryAfter seconds the server asked for
 * @param {number} chance 0..1, spreads the shoppers of one outage
 * @returns {number} milliseconds
 */
export const wait = (step, retryAfter, chance) =>
  1000 * Math.max(([1, 2, 3, 5, 8, 13, 20][step] || 30) * (0.85 + 0.3 * chance), retryAfter || 0);

/**
 * Money is in, or none was due. Only this may end an open payment window: a failure could be that of an earlier try,
 * and an account number for a deposit must stay readable.
 * @param {Verdict} verdict
 */
export const isPaid = (verdict) => /^paid|no_charge/.test(verdict.verdict);

/** A deposit or a bank debit may take days: to wait for it is an answer. @param {Verdict} verdict */
export const isSettled = (verdict) =>
  !/pending|unknown/.test(verdict.verdict) || /^awaiting_/.test(verdict.reason);

/** Says that one try to pay came to nothing. @param {Verdict} verdict */
export const isFailure = (verdict) => /failed|canceled/.test(verdict.verdict);
