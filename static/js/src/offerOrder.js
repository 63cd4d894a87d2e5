// @ts-check
// The order of what a shopper typed: the same input never makes two, a changed input makes another. Nothing is stored.
import { ask } from './offerKit.js';

/** @typedef {{input?: string, order?: () => Promise<string>, expires?: number, errors?: object}} Sale `errors`: by field, why it was refused */

/** @type {Sale} */
let latest = {};

/** Bought: the same again is one more. */
export function forget() {
  latest = {};
}

/**
 * @param {string} offer
 * @param {object} wish the body
 * @param {() => void} made the order is there
 * @returns {Sale} the same one for the same input: an order that runs already is the one that is opened
 */
export function saleOf(offer, wish, made) {
  const body = JSON.stringify(wish);
  if (latest.input === offer + body && !(Date.now() > /** @type {number} */ (latest.expires))) return latest;
  const headers = {
    'Content-Type': 'application/json',
    'Idempotency-Key': crypto.getRandomValues(new Uint32Array(4)).join('-'), // randomUUID is missing on plain http
  };
  /** @type {Sale} */
  const sale = {
    input: offer + body,
    async order() {
      for (let left = 6; left--; await new Promise((go) => setTimeout(go, 2000))) {
        // No answer, or one that says "in a moment": the same key asks for the same order.
        const response = await ask(offer + '/orders', 30000, { method: 'POST', headers, body }).catch(() => {});
        if (!response || response.status === 409) continue;
        const answer = await response.json();
        sale.errors = answer.errors;
        if (!answer.orderCode) break;
        sale.expires = Date.parse(answer.expiresAt); // null: NaN, never over
        made();
        return answer.orderCode;
      }
      throw 0;
    },
  };
  return (latest = sale);
}
