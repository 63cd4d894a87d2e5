// @ts-check
// What the merchant configured, our own script tag, and the rule of this page.
import { ask } from './api.js';

/** @typedef {{mode?: string, modeMobile?: string, locale?: string, theme?: string, payUrl?: string}} Rule */

/** @type {import('../widget.js').Options} */
export const options = {};
/** @type {Rule | undefined} */
export let rule;
/** @type {Promise<void> | undefined} */
let loading;

/** `document.currentScript` is null in modules and tag managers, so the attribute comes first. */
export function readScript() {
  const script = document.querySelector('script[data-steppay-checkout]') || document.currentScript;
  const { src, dataset } = /** @type {HTMLScriptElement} */ (script || {});
  Object.assign(options, { server: src, ...dataset });
}

/** @returns {string} the widget server's origin; empty when nobody told us */
export const server = () => (options.server ? new URL(options.server).origin : '');

/** Asks for this page's rule, for 1.5 s at most: a click may be waiting. A failed question is asked again then. */
export const loadRule = () =>
  (loading =
    loading ||
    ask('/v1/pages?path=' + encodeURIComponent(location.pathname), undefined, 1500).then(({ status, body }) => {
      if (status === 200) rule = body;
      else loading = undefined;
    }));

/** @param {'locale' | 'theme'} name */
const chosen = (name) => [options[name], rule && rule[name]].find((wish) => wish && wish !== 'auto');

/** @returns {'ko' | 'en'} */
export const locale = () =>
  /^ko/i.test(chosen('locale') || document.documentElement.lang || navigator.language) ? 'ko' : 'en';

/** @returns {string} a CSS color-scheme */
export const theme = () => chosen('theme') || 'light dark';
