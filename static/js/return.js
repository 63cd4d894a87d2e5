// The return page's only script. It tells the shop's page "the shopper is back", asks again without a reload, and offers
// to close the window. The message carries no verdict: the shop's page asks the server, because any page could send one.
(function () {
  "use strict";
  var main = document.querySelector("main");
  var status = main.querySelector("[role=status]");
  var framed = window.parent !== window;
  var shown = parts(main);
  var timer;

  prepare();

  function prepare() {
    tellTheShop();
    offerToClose();
    askLater();
  }

  // The exact origin, never "*": a page that replaced the shop's in the meantime must not learn the checkout.
  function tellTheShop() {
    var page = document.body.dataset;
    var shop = framed ? window.parent : window.opener;
    if (shop && page.checkout && page.origin) {
      try {
        shop.postMessage({ source: "steppay-checkout", type: "return", checkout: page.checkout }, page.origin);
      } catch (error) {
        // The opener is gone. The shop's page also asks the server by itself, so nothing is lost.
      }
    }
  }

  function offerToClose() {
    var mode = document.body.dataset.mode;
    var close = main.querySelector("[data-close]");
    if (framed || !close || (mode !== "tab" && mode !== "popup")) return;
    close.hidden = false;
    makePrimary(close);
    close.addEventListener("click", function () {
      window.close();
      setTimeout(giveUpClosing, 300, close); // a window that the shopper opened stays, without any error
    });
  }

  function giveUpClosing(close) {
    var back = main.querySelector("[data-back]");
    if (!back) return;
    close.classList.remove("primary");
    makePrimary(back);
    if (document.activeElement === close || document.activeElement === document.body) back.focus();
    close.hidden = true;
  }

  // One primary action per screen: "check again" keeps it.
  function makePrimary(action) {
    if (main.querySelector("[data-again]")) return;
    var primary = main.querySelector(".primary");
    if (primary) primary.classList.remove("primary");
    action.classList.add("primary");
  }

  // A reload would take the focus and a screen reader's place, so the page changes in place.
  function askLater() {
    var again = main.querySelector("[data-again]");
    clearTimeout(timer);
    if (!again) return;
    again.onclick = function (event) {
      event.preventDefault();
      ask(again.href, true);
    };
    if (again.dataset.wait) timer = setTimeout(ask, again.dataset.wait * 1000, again.href, false);
  }

  function ask(address, wanted) {
    clearTimeout(timer);
    if (!window.fetch || !window.DOMParser) return location.replace(address);
    fetch(address, { cache: "no-store", redirect: "error" })
      .then(function (answer) { return answer.text(); })
      .then(function (text) {
        var next = new DOMParser().parseFromString(text, "text/html");
        if (!next.querySelector("main [role=status]")) throw new Error("no page of ours");
        adopt(next, wanted);
      })
      .catch(function () { timer = setTimeout(ask, 5000, address, false); }); // offline: the page stays as it is
  }

  function adopt(next, wanted) {
    var there = next.querySelector("main");
    var said = there.querySelector("[role=status]");
    var now = parts(there);
    var speak = wanted || now.said !== shown.said;
    document.title = next.title;
    main.dataset.kind = there.dataset.kind;
    copy(next.body.dataset, document.body.dataset);
    if (now.rest !== shown.rest) replaceRest(there, said);
    else follow(main.querySelector("[data-again]"), there.querySelector("[data-again]"));
    shown = now;
    prepare();
    if (!speak) return;
    // Emptied first: a screen reader speaks what comes into a region that it knows, the same sentence as well.
    status.style.minHeight = status.offsetHeight + "px";
    replaceWords([]);
    setTimeout(replaceWords, 50, words(said));
  }

  function words(place) {
    return Array.prototype.slice.call(place.querySelectorAll("h1, p"));
  }

  function replaceWords(news) {
    words(status).forEach(function (old) { status.removeChild(old); });
    news.forEach(function (node) { status.appendChild(node); });
    if (news.length) status.style.minHeight = "";
  }

  function replaceRest(there, said) {
    var hadFocus = document.activeElement !== document.body && main.contains(document.activeElement);
    while (status.nextSibling) main.removeChild(status.nextSibling);
    while (said.nextSibling) main.appendChild(said.nextSibling);
    if (!hadFocus) return;
    // Not on a button: the shopper who is just pressing Enter would close the window or leave.
    status.tabIndex = -1;
    status.focus();
  }

  function follow(link, next) {
    if (!link || !next) return;
    link.href = next.getAttribute("href");
    copy(next.dataset, link.dataset);
  }

  function copy(from, to) {
    Object.keys(to).forEach(function (name) { delete to[name]; });
    Object.keys(from).forEach(function (name) { to[name] = from[name]; });
  }

  // What the server wrote, apart from how often it was asked.
  function parts(place) {
    var first = place.querySelector("[role=status]");
    var rest = "";
    for (var part = first.nextElementSibling; part; part = part.nextElementSibling) rest += part.outerHTML;
    return { said: first.textContent.trim(), rest: rest.replace(/round=\d+/g, "").replace(/ data-wait="\d*"/g, "") };
  }
})();
