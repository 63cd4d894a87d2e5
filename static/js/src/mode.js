// @ts-check
// Which way a click opens payment. Pure: everything it looks at is an argument.

/** @typedef {'redirect' | 'tab' | 'popup' | 'iframe'} Mode */
/**
 * @param {string | undefined} wish what the call, the element or the script tag says
 * @param {{mode?: string, modeMobile?: string} | undefined} rule the page rule, if it has arrived
 * @param {string} agent `navigator.userAgent`
 * @param {number} touches `navigator.maxTouchPoints`; an iPad calls itself a Mac
 * @returns {Mode} redirect when nobody says anything we know: it works everywhere
 */
export function choose(wish, rule, agent, touches) {
  // In-app browsers swallow second windows and lose what happens in frames.
  if (/KAKAOTALK|NAVER|Instagram|FBA|FB_|Line\/|; wv/i.test(agent)) return 'redirect';
  const small = /Mobi|Android|iPad/.test(agent) || (/Mac/.test(agent) && touches > 1);
  const mode = wish || (small ? rule?.modeMobile : rule?.mode);
  if (mode === 'auto' && !small && !/^((?!Chrom).)*Safari/.test(agent)) return 'iframe';
  return /^(tab|popup|iframe)$/.test(mode || '') ? /** @type {Mode} */ (mode) : 'redirect';
}
