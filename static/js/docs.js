// @ts-check
// The API page: a filter, copy buttons, and the reader's place in the list. Everything else works without a script.
(function () {
  "use strict";
  /** @typedef {{ node: HTMLElement, text: string, link: HTMLAnchorElement }} Item */
  var input = /** @type {HTMLInputElement} */ (one("#filter"));
  var found = one(".found");
  var contents = /** @type {HTMLDetailsElement} */ (one(".contents"));
  var narrow = matchMedia("(max-width: 820px)");
  var items = all(".contents a").map(function (node) {
    var link = /** @type {HTMLAnchorElement} */ (node);
    var target = itemOf(/** @type {HTMLElement} */ (document.getElementById(link.hash.slice(1))));
    return { node: target, text: (target.textContent || "").toLowerCase(), link: link };
  });
  /** @type {Item | undefined} */
  var current;

  /** @param {string} selector @param {ParentNode} [place] */
  function one(selector, place) {
    return /** @type {HTMLElement} */ ((place || document).querySelector(selector));
  }

  /** @param {string} selector */
  function all(selector) {
    return /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll(selector)));
  }

  /** @param {HTMLElement} node */
  function itemOf(node) {
    return /** @type {HTMLElement} */ (node.closest("article, .model"));
  }

  // Every word has to be there, anywhere in the item: a path, a member, an error code.
  function filter() {
    var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = items.filter(function (item) {
      var shown = words.every(function (word) { return item.text.includes(word); });
      item.node.hidden = !shown;
      /** @type {HTMLElement} */ (item.link.parentElement).hidden = !shown;
      return shown;
    }).length;
    all("main > section, .contents ul").forEach(hideWhereEmpty);
    var answer = count ? String(found.dataset.found).replace("%", String(count)) : found.dataset.none;
    found.textContent = words.length ? String(answer) : "";
    if (narrow.matches) contents.open = words.length > 0 && count > 0;
  }

  /** @param {HTMLElement} group */
  function hideWhereEmpty(group) {
    group.hidden = !group.querySelector(":scope > :is(article, .model, li):not([hidden])");
    var heading = group.previousElementSibling;
    if (heading instanceof HTMLHeadingElement) heading.hidden = group.hidden;
  }

  // What an address names is shown: by a model that opens, where the browser does not open it, and past the filter.
  function reveal() {
    var target = document.getElementById(location.hash.slice(1));
    var item = target && itemOf(target);
    if (!target || !item) return;
    if (item.hidden) {
      input.value = "";
      filter();
    }
    if (item instanceof HTMLDetailsElement) item.open = true;
    target.scrollIntoView();
  }

  /** @param {HTMLElement} figure */
  function addCopyButton(figure) {
    var template = /** @type {HTMLTemplateElement} */ (one("#copy"));
    var button = /** @type {HTMLButtonElement} */ (one("button", template.content).cloneNode(true));
    var name = button.textContent;
    var timer = 0;
    button.addEventListener("click", async function () {
      var done = await copied(one("code", figure));
      button.textContent = String(done ? button.dataset.copied : button.dataset.selected);
      clearTimeout(timer);
      timer = setTimeout(function () { button.textContent = name; }, 2500);
    });
    one("pre", figure).before(button);
  }

  /** @param {HTMLElement} code */
  async function copied(code) {
    try {
      await navigator.clipboard.writeText(code.textContent || "");
      return true;
    } catch (_) { // refused, or a page without https: the reader copies the selection
      getSelection()?.selectAllChildren(code);
      return false;
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  function markPlace(entries) {
    var entered = entries.find(function (entry) { return entry.isIntersecting; });
    var next = entered && items.find(function (item) { return entered && item.node === entered.target; });
    if (!next) return;
    if (current) current.link.removeAttribute("aria-current");
    current = next;
    current.link.setAttribute("aria-current", "location");
    var place = current.link.getBoundingClientRect();
    var list = contents.getBoundingClientRect();
    if (!narrow.matches && (place.top < list.top || place.bottom > list.bottom - 56)) {
      contents.scrollTop += place.top - list.top - list.height / 3;
    }
  }

  one(".filter").hidden = false;
  contents.open = !narrow.matches;
  narrow.addEventListener("change", function () { contents.open = !narrow.matches; });
  input.addEventListener("input", filter);
  one(".filter").addEventListener("submit", function (event) { event.preventDefault(); });
  all(".command").forEach(addCopyButton);
  var observer = new IntersectionObserver(markPlace, { rootMargin: "-10% 0px -80% 0px" });
  items.forEach(function (item) { observer.observe(item.node); });
  window.addEventListener("hashchange", reveal);
  if (input.value) filter(); // after a step back the browser fills it in again
  reveal();
})();
