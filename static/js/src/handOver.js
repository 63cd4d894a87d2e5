// @ts-check
// What follows a payment on a page without any script of the shop's own: its form is submitted with the signed verdict,
// or its next page is opened. Never for another order: the merchant's backend has the last word all the same.
import { options } from './settings.js';

/**
 * @param {HTMLElement | null | undefined} origin the clicked element; after a redirect it is looked for on the page
 * @param {import('../widget.js').Verdict} verdict
 * @returns {unknown} whether the page is being left
 */
export function handOver(origin, verdict) {
  if (!verdict.fulfill) return;
  const own = `[data-steppay-order="${verdict.orderCode}"]`;
  const inputs = /** @type {any[]} */ ([...document.querySelectorAll('form [name=steppay-token]')]);
  /** @param {string} css @returns {any} the first whose form holds such a pay button */
  const beside = (css) => inputs.find((input) => input.form.querySelector(css));
  const input = beside(own) || (!beside('[data-steppay-order]') && !inputs[1] && inputs[0]);
  if (input) {
    if (verdict.token) {
      input.value = verdict.token;
      HTMLFormElement.prototype.submit.call(input.form); // a page may name a control `submit`
    }
    return verdict.token;
  }
  origin ||= /** @type {HTMLElement | null} */ (document.querySelector(own));
  const wish = origin?.dataset.successUrl || options.successUrl;
  try {
    const href = '' + new URL(/** @type {string} */ (wish), wish && document.baseURI);
    return href.startsWith(location.origin + '/') && (location.href = href); // not blob:, whose origin is the same
  } catch {}
}
