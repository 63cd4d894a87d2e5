// @ts-check
// Which way a click opens payment. Pure: everything it looks at is an argument.

/** @typedef {'redirect' | 'tab' | 'popup' | 'iframe'} Mode */
/** @typedef {{_small: boolean, _inApp: boolean, _safari: boolean}} Device */

/**
 * @param {string} agent `navigator.userAgent`
 * @param {number} touches `navigator.maxTouchPoints`; an iPad calls itself a Mac
 * @returns {Device}
 */
export function device(agent, touches) {
  const _inApp = /KAKAOTALK|NAVER|Instagram|FBA|FB_|Line\/|; wv/i.test(agent);
  const _small = _inApp || /Mobi|Android|iPad/.test(agent) || (/Mac/.test(agent) && touches > 1);
  return { _small, _inApp, _safari: /^((?!Chrom).)*Safari/.test(agent) };
}

/**
 * @param {string | undefined} wish what the call, the element or the script tag says
 * @param {{mode?: string, modeMobile?: string} | undefined} rule the page rule, if it has arrived
 * @param {Device} here
 * @returns {Mode} redirect when nobody says anything we know: it works everywhere
 */
export function choose(wish, rule, { _small, _inApp, _safari }) {
  let mode = wish || (rule && (_small ? rule.modeMobile : rule.mode));
  if (mode === 'auto' && !_small && !_safari) mode = 'iframe';
  // In-app browsers swallow second windows and lose what happens in frames.
  return !_inApp && /^(tab|popup|iframe)$/.test(mode || '') ? /** @type {Mode} */ (mode) : 'redirect';
}
