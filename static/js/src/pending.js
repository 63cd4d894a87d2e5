// @ts-check
// Remembers the attempt that was opened last, so that reload, Back and a new visit still find the payment.
// Session storage survives a partitioned or full local storage, and the other way round. Nothing personal is kept.

/** @typedef {{attempt?: string, orderCode: string, time: number}} Pending */

const KEY = 'steppay:pending';
const YOUNG = 1800000; // ms

/** @param {(store: Storage) => void} use */
function stores(use) {
  for (const name of /** @type {const} */ (['sessionStorage', 'localStorage'])) {
    try {
      use(window[name]); // throws where the shopper blocks storage; payment goes on without a memory
    } catch (_) {}
  }
}

/** @param {import('./returns.js').Claim} claim */
export function remember({ attempt, orderCode }) {
  stores((store) => store.setItem(KEY, JSON.stringify({ attempt, orderCode, time: Date.now() })));
}

/** @returns {Pending | undefined} */
export function recall() {
  /** @type {Pending | undefined} */
  let found;
  stores((store) => {
    const entry = JSON.parse(store.getItem(KEY) || '0');
    if (entry && Date.now() - entry.time < YOUNG) found = entry;
  });
  return found;
}

export const forget = () => stores((store) => store.removeItem(KEY));
