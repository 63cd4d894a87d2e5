// @ts-check
// Remembers the attempt that was opened last, so that reload, Back and a new visit still find the payment.
// Local storage knows the next visit, session storage this tab; the tab's own comes first. Nothing personal is kept.

const KEY = 'steppay:pending';
const YOUNG = 1800000; // ms

/** @param {(store: Storage, entry: any) => void} use what is remembered may be null */
function stores(use) {
  try {
    // throws where the shopper blocks storage; payment goes on without a memory
    for (const store of [localStorage, sessionStorage]) use(store, JSON.parse(store[KEY] || null));
  } catch {}
}

/** @param {import('./returns.js').Claim} claim */
export const remember = (claim) => stores((store) => (store[KEY] = JSON.stringify({ ...claim, time: Date.now() })));

/** @returns {import('./returns.js').Claim | undefined} */
export function recall() {
  /** @type {import('./returns.js').Claim | undefined} */
  let found;
  stores((_, entry) => {
    if (entry && Date.now() - entry.time < YOUNG) found = entry;
  });
  return found;
}

/**
 * A page has told the shopper. Another order that was opened since stays.
 * @param {string} orderCode
 * @param {boolean} settled false: it may still be paid
 */
export function told(orderCode, settled) {
  stores((store, entry) => {
    if (entry?.orderCode === orderCode) store[KEY] = JSON.stringify(!settled && { ...entry, told: 1 });
  });
}
