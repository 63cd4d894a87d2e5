// @ts-check
// Reads what a returning address claims, and gives the address back without it. Pure: no DOM, no network.
// StepPay's guide: the browser comes back with order_id, order_code and status appended to the given URL; where, if that
// has a query or a fragment, is not documented. Our marker is the last parameter of the query we gave. So what stands
// before it, and the fragment, are the shop's own, byte for byte. A claim is never a verdict.

/**
 * `time` (ms since 1970): an earlier page opened it then; `shown`: it has ended without a result, and a page has shown that.
 * @typedef {{orderCode: string, orderId?: string, status?: string, checkout?: string, time?: number, shown?: number}} Claim
 * @typedef {[kept: string, claim?: Claim]} Taken the address as StepPay was given it; no claim: the address is no return
 */

/** What follows takes over the ? or # that a removed part began with. @param {string} removed @param {string} rest */
const joined = (removed, rest) => (/^[?&;]/.test(rest) ? removed[0] + rest.slice(1) : rest);

/**
 * Removes StepPay's parameters where they stand as its guide writes them.
 * @param {string} text
 * @param {string} orderCode they must name it
 * @returns {[kept: string, orderId?: string, status?: string]}
 */
function cut(text, orderCode) {
  const [, before, first, , orderId, status, rest] =
    RegExp(`^(.*?)([?&#])(order_id=(\\d*)[?&#])?order_code=${orderCode}&status=(success|error|cancel)(?![^?&#;])(.*)`).exec(text) || [];
  return first ? [before + joined(first, rest), orderId, status] : [text];
}

/** @param {string} href @returns {Taken} */
function marked(href) {
  const [behind] = /[?&#;]steppay_return=[^#]*/.exec(href) || [];
  if (!behind) return [href];
  const [before, ...after] = href.split(behind);
  const fragment = after.join(behind);
  /** @type {Record<string, string>} one that is there twice with different values is ambiguous: ? */
  let found = {};
  const foreign = behind.replace(/[?&#;](steppay_return|order_code|order_id|status)(?![^=?&#;])=?([^?&#;]*)/g, (_, name, value) => {
    if (name === 'steppay_return') found = {}; // the address may have held an earlier one
    found[name] = name in found && found[name] !== value ? '?' : value;
    return '';
  });
  const [, ours, orderCode, checkout] =
    /^(success|error|cancel)\.([\w-]{4,64})\.([\w-]{22})?$/.exec(found.steppay_return) || [];
  if (!orderCode) return [href];
  const [kept, orderId = found.order_id, status = found.status] = found.order_code
    ? [fragment]
    : cut(fragment, orderCode);
  const claim = { orderCode, checkout };
  return [
    before + joined(behind, foreign) + kept,
    (found.order_code || orderCode) !== orderCode
      ? claim // two orders
      : {
          ...claim,
          orderId: /^[1-9]\d{0,17}$/.exec(orderId)?.[0],
          // A cancel may come with any word but success.
          status: !status || ours === status || (ours === 'cancel' && status !== 'success') ? ours : undefined,
        },
  ];
}

/**
 * @param {string} href
 * @param {Claim} [known] the checkout this browser remembers: without our marker, only its order can have come back
 * @returns {Taken}
 */
export function parseReturnUrl(href, known) {
  const taken = marked(href);
  if (taken[1] || !known) return taken;
  const [kept, orderId, status] = cut(href, known.orderCode);
  return [kept, status ? { orderCode: known.orderCode, checkout: known.checkout, orderId, status } : undefined];
}

/** @param {string} href */
export const strip = (href) => parseReturnUrl(href)[0];

/**
 * @param {string} url the merchant's return URL
 * @param {string} status success | error | cancel
 * @param {string} orderCode
 * @returns {string} the URL with our marker as the last of its query, and an empty checkout
 */
export const mark = (url, status, orderCode) =>
  url.replace(/#|$/, (/^[^#]*\?/.test(url) ? '&' : '?') + `steppay_return=${status}.${orderCode}.$&`);
