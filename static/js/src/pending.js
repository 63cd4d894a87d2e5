// @ts-check
// Remembers the attempt that was opened last, so that reload, Back and a new visit still find the payment.
// Session storage knows this tab, local storage the next visit. Nothing personal is kept.

const KEY = 'steppay:pending';
const YOUNG = 1800000; // ms

/** @param {(store: Storage) => void} use */
function stores(use) {
  try {
    use(sessionStorage); // throws where the shopper blocks storage; payment goes on without a memory
    use(localStorage);
  } catch (_) {}
}

/** @param {import('./returns.js').Claim} claim */
export const remember = (claim) =>
  stores((store) => store.setItem(KEY, JSON.stringify({ ...claim, time: Date.now() })));

/** @returns {import('./returns.js').Claim | undefined} */
export function recall() {
  /** @type {import('./returns.js').Claim | undefined} */
  let found;
  stores((store) => {
    const entry = JSON.parse(store.getItem(KEY) || '0');
    if (entry && Date.now() - entry.time < YOUNG) found = entry;
  });
  return found;
}

export const forget = () => stores((store) => store.removeItem(KEY));
