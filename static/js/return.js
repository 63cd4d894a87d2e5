// The return page's only script. It tells the shop's page "the shopper is back" and offers to close the window.
// The message carries no verdict: the shop's page asks the server, because any page could send such a message.
(function () {
  "use strict";
  var page = document.body.dataset;
  var framed = window.parent !== window;
  var shop = framed ? window.parent : window.opener;

  // The exact origin, never "*": a page that replaced the shop's in the meantime must not learn the attempt.
  if (shop && page.attempt && page.origin) {
    try {
      shop.postMessage({ source: "steppay-checkout", type: "return", attempt: page.attempt }, page.origin);
    } catch (error) {
      // The opener is gone. The shop's page also asks the server by itself, so nothing is lost.
    }
  }

  var ownWindow = !framed && (page.mode === "tab" || page.mode === "popup");
  var close = document.querySelector("[data-close]");
  if (!ownWindow || !close) return;

  close.hidden = false;
  close.addEventListener("click", function () { window.close(); });

  // One primary action per screen: "check again" keeps it, otherwise closing takes it from "back to the shop".
  var primary = document.querySelector(".primary");
  if (primary && primary.target !== "_top") return;
  if (primary) primary.classList.remove("primary");
  close.classList.add("primary");
})();
