// @ts-check
// Offers are sold by a second file, which a page without one never asks for. Its hash is built in: a tag that pins this file
// pins that one, too (docs/decisions/0075).
import { el, show } from './dialog.js';
import { text } from './i18n.js';
import { leave } from './open.js';
import { Session } from './session.js';
import { locale, server } from './settings.js';

/** The link is the way, as without a script; an element without one says so. @param {any} [origin] */
const fail = (origin) =>
  origin && new Session({ order: '' }, origin, () => offer(origin))._fail('server_unavailable', origin.href && (() => leave(origin.href)));

/**
 * What the second file works with. It adds `sell`: without an element it gets ready.
 * @typedef {[typeof el, typeof show, typeof text, typeof locale, typeof fail] & {sell?: (origin?: HTMLElement) => void}} Kit
 */
const kit = /** @type {Kit} */ ([el, show, text, locale, fail]);
let asked = 0;

/** @param {HTMLElement} [origin] the clicked element; none: a click may come, so ask for the file, once */
export function offer(origin) {
  if (kit.sell) return kit.sell(origin);
  if (!origin && asked++) return;
  try {
    document.documentElement.append(
      Object.assign(document.createElement('script'), {
        kit,
        onload: () => offer(origin),
        onerror: () => fail(origin),
        crossOrigin: '',
        integrity: `sha256-${OFFER_HASH}=`,
        src: server() + `/v1/widget-${OFFER_HASH}.js`, // a page with Trusted Types may refuse it
      }),
    );
  } catch {
    fail(origin);
  }
}
