// @ts-check
// The elements and words that the server wrote into the playground.

/** @param {string} id @param {Document} [page] */
export function byId(id, page) {
  return /** @type {HTMLElement} */ ((page || document).getElementById(id));
}

/** @param {string} selector */
export function wordElement(selector) {
  const words = /** @type {HTMLTemplateElement} */ (byId("words"));
  return /** @type {HTMLElement} */ (words.content.querySelector(selector));
}

/** @param {string} name */
export function word(name) {
  return wordElement('[data-word="' + name + '"]').textContent || "";
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let noticeTimer;

/** @param {string} name of the word that is shown for a moment */
export function showNotice(name) {
  byId("notice").textContent = word(name);
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(function () {
    byId("notice").textContent = "";
  }, 4000);
}
