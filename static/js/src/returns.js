// @ts-check
// Reads what a returning address claims, and gives the address back without it. Pure: no DOM, no network.
// StepPay's guide: the browser comes back with order_id, order_code and status appended to the given URL, which may
// already hold a query or a fragment. So every one of ? & # ; counts as a separator. A claim is never a verdict.

/**
 * `time` (ms since 1970): an earlier page opened it then; `told`: it has ended without an answer, and a page said so.
 * @typedef {{orderCode: string, orderId?: string, status?: string, attempt?: string, time?: number, told?: number}} Claim
 */

const PART = /([?&#;])(([^?&#;=]*)=?([^?&#;]*))/g;
const OURS = /^(steppay_return|order_code|order_id|status)$/;

/**
 * @param {string} href
 * @returns {[string, Record<string, any>]} the address without our parameters, and their values; one
 *   that is given twice with different values is ambiguous and says nothing (empty)
 */
function take(href) {
  /** @type {Record<string, string>} */
  const found = {};
  let lost = ''; // the ? or # that a removed parameter took with it
  let [kept] = /** @type {string[]} */ (/^[^?#]*/.exec(href));
  for (const [, sign, whole, name, value] of href.slice(kept.length).matchAll(PART)) {
    const opens = sign === '?' || sign === '#';
    if (OURS.test(name)) {
      found[name] = name in found && found[name] !== value ? '' : value;
      if (opens) lost = sign;
    } else {
      // `?a=1?order_code=x&b=2`: the second ? was glued on, so b follows a
      kept += (opens || (lost === '?' && /\?[^#]*$/.test(kept)) ? sign : lost || sign) + whole;
      lost = '';
    }
  }
  return [kept, found];
}

/** @param {string} href */
export const strip = (href) => take(href)[0];

/**
 * @param {string} href
 * @returns {Claim | undefined} undefined: nobody came back from StepPay
 */
export function parse(href) {
  if (!/order_code|steppay_return/.test(href)) return; // nearly every page: the reading below takes the page's time
  const { steppay_return: mine, order_code: code, order_id, status } = take(href)[1];
  const [, ours, order, attempt] = /^(success|error|cancel)\.([\w-]{4,64})\.([\w-]{22})?$/.exec(mine) || [];
  const orderCode = order || (status != null && /^[\w-]{4,64}$/.test(code) && code);
  if (!orderCode) return;
  if (order && (code || order) !== order) return { orderCode, attempt }; // two orders: no claim
  const contradict = ours && status && ours !== status && ours !== 'cancel';
  return {
    orderCode,
    attempt,
    orderId: /^\d{1,18}$/.test(order_id) ? order_id : undefined,
    status: contradict || status === '' ? undefined : ours || status,
  };
}

/**
 * @param {string} url the merchant's return URL
 * @param {string} status success | error | cancel
 * @param {string} orderCode
 * @returns {string} the URL with our marker in its query and an empty attempt
 */
export function mark(url, status, orderCode) {
  const marked = new URL(url);
  marked.searchParams.append('steppay_return', `${status}.${orderCode}.`);
  return marked.href;
}
