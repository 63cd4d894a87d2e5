// @ts-check
// What the second file has from the first, the address of our server, and how it builds what it shows.

const script = /** @type {HTMLScriptElement & {kit: import('./offerFile.js').Kit}} */ (document.currentScript);

export const { kit } = script;
export const [el, show, text, locale, fail] = kit;

/** @param {string} path @param {number} patience ms @param {RequestInit} [more] @returns {Promise<Response>} may reject */
export const ask = (path, patience, more) =>
  fetch(script.src.replace(/widget-\w+\.js$/, 'offers/') + path, { signal: AbortSignal.timeout?.(patience), ...more });

/** @param {string} korean @param {string} english */
export const words = (korean, english) => (locale() === 'ko' ? korean : english);

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {string} part
 * @param {object} more its properties
 * @param {(Node | string)[]} inside
 */
export function make(name, part, more, ...inside) {
  const node = Object.assign(el(name, part), more);
  node.append(...inside);
  return node;
}
