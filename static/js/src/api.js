// @ts-check
// Questions to the widget server. Nothing here throws.
import { locale, server } from './settings.js';

/** @typedef {import('../widget.js').Verdict} Verdict */

/**
 * @param {string} path
 * @param {number} patience milliseconds
 * @param {object} [body] given: POST
 * @returns {Promise<[status: number, body: any]>} status 0: no answer, or none of ours
 */
export async function request(path, patience, body) {
  try {
    const answer = await fetch(server() + path, {
      method: body && 'POST',
      body: JSON.stringify(body),
      headers: { 'Accept-Language': locale(), ...(body && { 'Content-Type': 'application/json' }) },
      signal: AbortSignal.timeout?.(patience), // came with Safari 16 and Chrome 103; before them only the browser's own limit holds
    });
    return [answer.status, await answer.json()];
  } catch {
    return [0, {}];
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
