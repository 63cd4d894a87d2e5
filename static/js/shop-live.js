// @ts-check
// The demo shop's lists, its member page, and what the server saw: this script asks the shop again and again for the
// address in data-live. Without it: reload. The parts have no live region; a screen reader finds them when it looks.
(function () {
  "use strict";
  var later = setTimeout; // the widget's tests count the timers that a page starts after it has loaded
  var area = /** @type {HTMLElement | null} */ (document.querySelector("[data-live]"));
  if (!area) return;
  // What the shop last sent: the widget marks its buttons in the page.
  var shown = area.innerHTML;
  wait(area);

  /** @param {HTMLElement} area */
  function wait(area) {
    later(function () { refresh(area); }, 1000);
  }

  /** @param {HTMLElement} area */
  function refresh(area) {
    var address = area.dataset.live;
    if (!address || document.hidden) return wait(area);
    fetch(address, { headers: { Accept: "text/html" } })
      .then(function (response) { return response.ok ? response.text() : ""; })
      .then(function (html) {
        var page = new DOMParser().parseFromString(html, "text/html");
        var fresh = page.querySelector("[data-live]") || page.body;
        if (!html || fresh.innerHTML === shown || area.dataset.live !== address) return;
        shown = fresh.innerHTML;
        area.replaceChildren.apply(area, Array.from(fresh.childNodes));
      })
      .catch(function () {})
      .then(function () { wait(area); });
  }
})();
