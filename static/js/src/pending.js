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

/** @param {string} orderCode another order that was opened since stays */
export const forget = (orderCode) => stores((store, entry) => entry?.orderCode === orderCode && delete store[KEY]);
