// @ts-check
// The return page's only script. It notifies the shop's page that the shopper is back, checks again without a reload, and
// offers to close the window. The message carries no verdict, because any page could send one: the shop's page verifies.
(function () {
  "use strict";
  var main = /** @type {HTMLElement} */ (document.querySelector("main"));
  var status = statusOf(main);
  var framed = window.parent !== window;
  var shown = parts(main);
  var timer = 0;
  var checkedAt = Date.now();

  dropBrokenLogo();
  prepare();
  setInterval(showAge, 1000);

  function prepare() {
    notifyShop("return");
    offerToClose();
    closeTheFrame();
    scheduleCheck();
    showAge();
  }

  // A picture that is not there still takes its place in some browsers. `decode` fails for it, and for no other.
  function dropBrokenLogo() {
    var logo = /** @type {HTMLImageElement | null} */ (main.querySelector(".shop img"));
    if (!logo || logo.alt || !logo.decode) return;
    var picture = logo;
    picture.decode().catch(function () { picture.remove(); });
  }

  // While the page checks by itself. No live region: a screen reader would speak each change.
  function showAge() {
    var line = /** @type {HTMLElement | null} */ (main.querySelector("[data-checked]"));
    if (!line) return;
    var seconds = Math.round((Date.now() - checkedAt) / 5000) * 5;
    var format = window.Intl && Intl.RelativeTimeFormat;
    var ago = seconds < 5 || !format ? line.dataset.now : new format(document.documentElement.lang).format(-seconds, "second");
    var text = line.dataset.checked + " " + ago;
    line.hidden = seconds >= 5 && !format;
    if (line.textContent !== text) line.textContent = text;
  }

  /**
   * @param {Element} place
   * @returns {HTMLElement}
   */
  function statusOf(place) {
    return /** @type {HTMLElement} */ (place.querySelector("[role=status]"));
  }

  /** @returns {HTMLAnchorElement | null} */
  function againLink() {
    return main.querySelector("[data-again]");
  }

  // The exact origin, never "*": a page that replaced the shop's in the meantime must not learn the checkout.
  /** @param {string} type `return`, or `close`: the shopper goes back to the shop behind this frame */
  function notifyShop(type) {
    var page = document.body.dataset;
    var shop = framed ? window.parent : window.opener;
    if (shop && page.checkout && page.origin) {
      try {
        shop.postMessage({ source: "steppay-checkout", type: type, checkout: page.checkout }, page.origin);
      } catch (error) {
        // The opener is gone. The shop's page also polls the server, so nothing is lost.
      }
    }
  }

  // The shop lies behind the frame, with its cart and its forms: loading it again would lose them.
  function closeTheFrame() {
    var back = /** @type {HTMLAnchorElement | null} */ (main.querySelector("[data-back]"));
    if (!framed || !back || !document.body.dataset.checkout) return;
    var link = back;
    link.onclick = function (event) {
      event.preventDefault();
      notifyShop("close");
      setTimeout(function () { // still here: the page around us does not know the message
        link.onclick = null;
        link.click();
      }, 1000);
    };
  }

  function offerToClose() {
    var mode = document.body.dataset.mode;
    var close = /** @type {HTMLElement | null} */ (main.querySelector("[data-close]"));
    if (framed || !close || (mode !== "tab" && mode !== "popup")) return;
    var chosen = main.querySelector(".primary");
    var retry = /** @type {HTMLElement | null} */ (main.querySelector("[data-retry]"));
    close.hidden = false;
    if (retry && window.opener && !window.opener.closed) retry.hidden = true; // the page behind offers it, and follows it
    makePrimary(close);
    close.addEventListener("click", function () {
      window.close();
      setTimeout(giveUpClosing, 300, close, chosen, retry); // a window that the shopper opened stays, without any error
    });
  }

  /**
   * @param {HTMLElement} close
   * @param {HTMLElement | null} chosen the server's primary action
   * @param {HTMLElement | null} retry
   */
  function giveUpClosing(close, chosen, retry) {
    if (!chosen) return;
    close.classList.remove("primary");
    if (retry) retry.hidden = false;
    makePrimary(chosen);
    if (document.activeElement === close || document.activeElement === document.body) chosen.focus();
    close.hidden = true;
  }

  /**
   * One primary action per screen: "check again" keeps it.
   * @param {Element} action
   */
  function makePrimary(action) {
    if (againLink()) return;
    var primary = main.querySelector(".primary");
    if (primary) primary.classList.remove("primary");
    action.classList.add("primary");
  }

  // A reload would take the focus and a screen reader's place, so the page changes in place.
  function scheduleCheck() {
    var again = againLink();
    clearTimeout(timer);
    if (!again) return;
    var link = again;
    link.onclick = function (event) {
      event.preventDefault();
      check(link.href, true);
    };
    if (link.dataset.wait) timer = setTimeout(check, Number(link.dataset.wait) * 1000, link.href, false);
  }

  /**
   * @param {string} address
   * @param {boolean} wanted whether the shopper pressed the button
   */
  function check(address, wanted) {
    clearTimeout(timer);
    if (!window.fetch || !window.DOMParser) return location.replace(address);
    fetch(address, { cache: "no-store", redirect: "error" })
      .then(function (response) { return response.text(); })
      .then(function (text) {
        var next = new DOMParser().parseFromString(text, "text/html");
        if (!next.querySelector("main [role=status]")) throw new Error("no page of ours");
        adopt(next, wanted);
      })
      .catch(function () { timer = setTimeout(check, 5000, address, false); }); // offline: the page stays as it is
  }

  /**
   * @param {Document} next
   * @param {boolean} wanted
   */
  function adopt(next, wanted) {
    var there = /** @type {HTMLElement} */ (next.querySelector("main"));
    var nextStatus = statusOf(there);
    var now = parts(there);
    var speak = wanted || now.status !== shown.status;
    checkedAt = Date.now();
    document.title = next.title;
    follow(iconOf(document), iconOf(next));
    copy(there.dataset, main.dataset);
    copy(next.body.dataset, document.body.dataset);
    if (now.rest !== shown.rest) replaceRest(nextStatus);
    else follow(againLink(), there.querySelector("[data-again]"));
    shown = now;
    prepare();
    if (!speak) return;
    // Emptied first: a screen reader speaks what comes into a region that it knows, the same sentence as well.
    status.style.minHeight = status.offsetHeight + "px";
    replaceWords([]);
    setTimeout(replaceWords, 50, words(nextStatus));
  }

  /**
   * @param {Element} place
   * @returns {Element[]}
   */
  function words(place) {
    return Array.prototype.slice.call(place.querySelectorAll("h1, p"));
  }

  /** @param {Element[]} news */
  function replaceWords(news) {
    words(status).forEach(function (old) { status.removeChild(old); });
    news.forEach(function (node) { status.appendChild(node); });
    if (news.length) status.style.minHeight = "";
  }

  /** @param {Element} nextStatus */
  function replaceRest(nextStatus) {
    var hadFocus = document.activeElement !== document.body && main.contains(document.activeElement);
    while (status.nextSibling) main.removeChild(status.nextSibling);
    while (nextStatus.nextSibling) main.appendChild(nextStatus.nextSibling);
    if (!hadFocus) return;
    // Not on a button: the shopper who is just pressing Enter would close the window or leave.
    status.tabIndex = -1;
    status.focus();
  }

  /**
   * @param {Document} page
   * @returns {HTMLLinkElement | null}
   */
  function iconOf(page) {
    return page.querySelector("link[rel=icon]");
  }

  /**
   * @param {HTMLAnchorElement | HTMLLinkElement | null} link
   * @param {HTMLAnchorElement | HTMLLinkElement | null} next
   */
  function follow(link, next) {
    if (!link || !next) return;
    link.setAttribute("href", next.getAttribute("href") || "");
    copy(next.dataset, link.dataset);
  }

  /**
   * @param {DOMStringMap} from
   * @param {DOMStringMap} to
   */
  function copy(from, to) {
    Object.keys(to).forEach(function (name) { delete to[name]; });
    Object.keys(from).forEach(function (name) { to[name] = from[name]; });
  }

  /**
   * What the server wrote, apart from the number of checks.
   * @param {Element} place
   */
  function parts(place) {
    var first = statusOf(place);
    var rest = "";
    for (var part = first.nextElementSibling; part; part = part.nextElementSibling) rest += part.outerHTML;
    return { status: (first.textContent || "").trim(), rest: rest.replace(/round=\d+/g, "").replace(/ data-wait="\d*"/g, "") };
  }
})();
