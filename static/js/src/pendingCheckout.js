// @ts-check
// Remembers the checkout that was opened last, so that reload, Back and a new visit still find the payment.
// Local storage knows the next visit, session storage this tab; the tab's own comes first. Nothing personal is kept.

const KEY = 'steppay:pending';
const REPORTED = KEY + 1;
const YOUNG = 1800000; // ms

/**
 * Each store for itself: one that is full, blocked or damaged does not cost the other.
 * @param {(store: Storage, entry: any) => void} use what is remembered may be null
 */
function stores(use) {
  for (const name of /** @type {const} */ (['localStorage', 'sessionStorage'])) {
    try {
      const store = globalThis[name];
      let entry;
      try {
        entry = JSON.parse(store[KEY]);
      } catch {
        delete store[KEY];
      }
      use(store, entry);
    } catch {} // payment goes on without this memory
  }
}

/** @param {import('./returnUrl.js').Claim} claim */
export const remember = (claim) =>
  stores((store) => {
    delete store[KEY]; // where no more fits in, an older checkout must not stay
    delete store[REPORTED];
    store[KEY] = JSON.stringify({ ...claim, time: Date.now() });
  });

/** @returns {import('./returnUrl.js').Claim | undefined} */
export function recall() {
  /** @type {import('./returnUrl.js').Claim | undefined} */
  let found;
  stores((_, entry) => {
    if (Math.abs(Date.now() - entry.time) < YOUNG && /^[\w-]{4,64}$/.test(entry.orderCode)) found = entry;
  });
  return found;
}

/**
 * A page has shown the result. Another order that was opened since stays.
 * @param {string} orderCode
 * @param {boolean} settled false: it may still be paid
 */
export function markNotified(orderCode, settled) {
  stores((store, entry) => {
    if (entry?.orderCode === orderCode) store[KEY] = JSON.stringify(!settled && { ...entry, shown: 1 });
  });
}

/**
 * The verdict of a return was reported. A framework may put its address back, and a reload would report it again.
 * @param {string} key of the return
 * @param {boolean} bad the shopper may go back, try again and end in the same address
 */
export const markReported = (key, bad) => stores((store) => (store[REPORTED] = key + bad));

/** By this tab. @param {string} key @returns {unknown} true: after bad news: only where the page was loaded again */
export function wasReported(key) {
  try {
    const reported = sessionStorage[REPORTED];
    return reported === key + false || (reported === key + true && performance.navigation.type);
  } catch {}
}
