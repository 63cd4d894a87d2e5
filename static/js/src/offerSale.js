// @ts-check
// The entry of the second file: what a click on an offer's element leads to.
import { fieldsOf } from './offerFields.js';
import { fill, hide } from './offerForm.js';
import { ask, fail, kit, words } from './offerKit.js';
import { forget, saleOf } from './offerOrder.js';

/** @typedef {import('./offerFields.js').Offer} Offer */
/** @typedef {import('./offerFields.js').Values} Values */

/** @type {Record<string, Offer | undefined>} */
const offers = {};

/** @param {string} id @returns {Promise<Offer>} rejects where this page cannot sell it now */
async function get(id) {
  offers[id] ??= undefined; // asked for
  const answer = await ask(`${id}?lang=${words('ko', 'en')}`, 4000);
  if (!answer.ok) throw 0;
  return (offers[id] = await answer.json());
}

/**
 * The form, unless the page has given all that it asks. Synchronous, so that the click's permission to open a window holds.
 * @param {HTMLElement} origin @param {Offer} offer
 */
function sell(origin, offer) {
  const { mode, container } = origin.dataset;
  const { min, max } = offer.quantity;
  /** @type {import('./offerForm.js').Pay} */
  const pay = ({ name, email, phone, quantity }, ended) => {
    const sale = saleOf(
      offer.offer,
      { customer: { name, email, phone: (offer.phone !== 'none' && phone) || undefined }, quantity: (max > min && +(quantity || '')) || min },
      hide,
    );
    const session = /** @type {any} */ (StepPayCheckout).open({ order: sale.order, mode, container }, origin);
    session.addEventListener('steppay:error', (/** @type {CustomEvent} */ event) => {
      const refused = event.detail.code === 'order_failed';
      if (refused) event.preventDefault(); // the form says it
      ended(refused ? sale.errors || {} : undefined);
    });
    session.result.then((/** @type {import('../widget.js').Verdict} */ verdict) => verdict.fulfill && forget());
    return session;
  };
  if (isComplete(origin, offer)) pay(origin.dataset, (errors) => errors && fill(origin, offer, pay, errors));
  else fill(origin, offer, pay);
}

/** @param {HTMLElement} origin @param {Offer | undefined} offer */
const isComplete = (origin, offer) => offer && fieldsOf(offer, origin.dataset).every((row) => row.children[1].validity.valid);

const { destroy } = StepPayCheckout;
StepPayCheckout.destroy = () => {
  hide();
  destroy();
};
kit.sell ||= (/** @type {any} */ origin) => {
  const id = origin?.dataset.steppayOffer;
  if (!origin)
    for (const { dataset } of /** @type {NodeListOf<any>} */ (document.querySelectorAll('[data-steppay-offer]')))
      dataset.steppayOffer in offers || get(dataset.steppayOffer).catch(() => {});
  else if (isComplete(origin, offers[id])) sell(origin, /** @type {Offer} */ (offers[id]));
  else {
    origin.ariaBusy = 'true';
    get(id)
      .finally(() => (origin.ariaBusy = null))
      .then((offer) => sell(origin, offer))
      .catch(() => fail(origin));
  }
};
