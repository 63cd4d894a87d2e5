// @ts-check
// A native <dialog> in a shadow root, closed to the merchant's styles and open to ::part() and --steppay-* properties.
// Constructable style sheets: a merchant's CSP blocks <style> and style="".
import { locale, theme } from './settings.js';
import { text } from './i18n.js';
import { loadLook, look } from './look.js';
import css from './widget.css';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {string} part also the classes the style sheet knows
 * @param {string} [textContent]
 * @param {(() => void) | null} [onclick]
 * @returns {HTMLElementTagNameMap[K]}
 */
export const el = (name, part, textContent, onclick) =>
  Object.assign(document.createElement(name), { className: part, part, textContent, onclick });

/** @param {string} label text key @param {() => void} act */
export const button = (label, act) => el('button', 'button ' + label, text(label), act);

/** Whether this browser has what sessions and dialogs are made of. Safari before 16.4 lacks the style sheet's constructor. */
export function canShow() {
  try {
    const root = document.createElement('p').attachShadow({ mode: 'open' });
    style(root, '');
    return HTMLDialogElement.prototype.showModal;
  } catch {}
}

/** @param {Document | ShadowRoot} root @param {string} rules @returns {() => void} takes them back, and only them */
export function style(root, rules) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  return () => {
    root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}

/** @typedef {HTMLDialogElement & {_appear: () => void, _hide: () => void}} Box `_appear`: again, after it was hidden or the page threw it away */

/**
 * One box for all that a checkout shows: `window` while the payment page is in it, then `card`. `words` is there before what
 * is written into it: a screen reader speaks what changes in a live region, not what comes with it.
 * @param {string} part card | window
 * @param {(() => void) | null} escape Escape was pressed; null: it presses our last button that closes or stays
 * @param {Element | null | undefined} origin gets the focus back
 * @param {Element | null} [container] the merchant's element: shown in it, without a modal dialog
 */
export function show(part, escape, origin, container) {
  const host = document.createElement('steppay-checkout');
  const box = /** @type {Box} */ (el('dialog', part));
  const words = el('div', 'words');
  const shadow = host.attachShadow({ mode: 'open' });
  /** @type {(() => void) | undefined} */
  let unlock;
  style(shadow, css);
  loadLook().then(() => style(shadow, /** @type {string} */ (look.css))); // without a look `undefined`: a sheet with no rule
  box.ariaLabel = text('frame'); // the same for good: a dialog that is named by its verdict would speak it twice
  words.ariaLive = 'polite';
  box.append(words, el('div', 'buttons'));
  host.lang = locale();
  host.style.colorScheme = theme();
  shadow.append(box);
  // A second Escape closes a dialog unasked: Chromium lets a page refuse only once without a click in between.
  box.oncancel = box.onclose = (event) => {
    event.preventDefault();
    if (!box.open) box.showModal();
    if (escape) escape();
    else /** @type {HTMLElement} */ ([...box.querySelectorAll('.stay,.close')].pop()).click();
  };
  const hide = (box._hide = () => {
    try {
      const there = host.isConnected;
      host.remove();
      unlock?.();
      if (there) /** @type {HTMLElement | null | undefined} */ (origin)?.focus();
    } catch {} // whatever the page has broken: a result is still to be reported
  });
  box._appear = () => {
    hide();
    box.open = false;
    if (container?.isConnected) {
      container.append(host);
      return box.show();
    }
    document.documentElement.append(host);
    box.showModal();
    // Not `style.overflow`: the page's own lock would keep our value, and give it back for good.
    unlock = style(document, 'html{overflow:hidden!important}');
  };
  box._appear();
  return /** @type {const} */ ([box, hide]);
}
