// @ts-check
// A native <dialog> in a shadow root, closed to the merchant's styles and open to ::part() and --steppay-* properties.
// Constructable style sheets only: a merchant's CSP blocks <style> and style="".
import { locale, theme } from './settings.js';
import { text } from './texts.js';
import css from './widget.css';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {string} part also the class the style sheet knows
 * @param {string} [words]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(name, part, words = '') {
  const node = document.createElement(name);
  node.className = part;
  node.setAttribute('part', part);
  node.textContent = words;
  return node;
}

/** @param {string} label text key @param {() => void} act */
export function button(label, act) {
  const node = el('button', 'button', text(label));
  node.onclick = act;
  return node;
}

/**
 * @param {string} part card | window
 * @param {() => void} escape Escape was pressed
 * @param {Element | null | undefined} origin gets the focus back
 */
export function show(part, escape, origin) {
  const root = document.documentElement;
  const { overflow } = root.style;
  const host = document.createElement('steppay-checkout');
  const box = el('dialog', part);
  const shadow = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  host.lang = locale();
  host.style.colorScheme = theme();
  shadow.append(box);
  root.append(host);
  box.oncancel = (event) => {
    event.preventDefault();
    escape();
  };
  box.showModal();
  root.style.overflow = 'hidden';
  const _hide = () => {
    if (!host.isConnected) return;
    root.style.overflow = overflow;
    host.remove();
    if (origin) /** @type {HTMLElement} */ (origin).focus();
  };
  return { _box: box, _hide };
}
