// @ts-check
// What the merchant configured, our own script tag, and the page rules that have arrived.

/** @typedef {{mode?: string, modeMobile?: string, locale?: string, theme?: string, payUrl?: string}} Rule */

/** @type {import('../widget.js').Options & {payUrl?: string, successUrl?: string}} `payUrl` comes with any rule: StepPay's own address */
export const options = {};
/** @type {Record<string, Rule>} by path; filled by pageRules.js */
export const rules = {};

/** Our server writes its address here: an optimizer may drop our tag, or host a copy of this file elsewhere. */
const HOME = '{server}';

/** `document.currentScript` is null in modules and tag managers, so the attribute comes first. */
export function readScript() {
  const script = /** @type {HTMLScriptElement | null} */ (
    document.querySelector('script[data-steppay-checkout]') || document.currentScript
  );
  Object.assign(options, { server: HOME[0] === '{' ? script?.src : HOME, ...script?.dataset });
}

/** @returns {string} the widget server's address, also with a path (`https://shop.kr/steppay`); throws when it is unknown */
export const server = () => ('' + new URL(/** @type {string} */ (options.server))).replace(/\/(v1\/widget[^/]*)?$/, '');

/** The rule of the page the shopper sees now: a single-page shop changes the path without loading us again. */
export const rule = () => rules[location.pathname];

/** @param {'locale' | 'theme'} name */
const chosen = (name) => [options[name], rule()?.[name]].find((wish) => wish && wish !== 'auto');

/** @returns {'ko' | 'en'} */
export const locale = () =>
  /^ko/i.test(chosen('locale') || document.documentElement.lang || navigator.language) ? 'ko' : 'en';

/** @returns {string} a CSS color-scheme */
export const theme = () => chosen('theme') || 'light dark';
