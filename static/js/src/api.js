// @ts-check
// Questions to the widget server. Nothing here throws: no answer is status 0.
import { locale, server } from './settings.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/**
 * @param {string} path
 * @param {number} patience milliseconds
 * @param {object} [body] given: POST
 * @returns {Promise<{status: number, body: any}>}
 */
export async function ask(path, patience, body) {
  try {
    const answer = await fetch(server() + path, {
      method: body && 'POST',
      body: JSON.stringify(body),
      headers: { 'Accept-Language': locale(), ...(body && { 'Content-Type': 'application/json' }) },
      signal: AbortSignal.timeout(patience),
    });
    return { status: answer.status, body: await answer.json() };
  } catch {
    return { status: 0, body: {} };
  }
}

/**
 * @param {string} orderCode
 * @param {string} [code]
 * @param {number} [retryAfter] seconds
 * @returns {Verdict} we do not know, which is neither paid nor failed
 */
export const unknown = (orderCode, code = 'network_error', retryAfter) =>
  /** @type {any} */ ({ orderCode, verdict: 'unknown', reason: code, fulfill: false, final: false, retryAfter });

/**
 * @param {import('./returns.js').Claim} claim
 * @returns {Promise<Verdict>} the server's verdict for exactly this order, else unknown
 */
export async function verify(claim) {
  const { orderCode } = claim;
  const { status, body } = await ask('/v1/verify', 15000, claim);
  return status === 200 && body.orderCode === orderCode ? body : unknown(orderCode, body.code, body.retryAfter);
}
