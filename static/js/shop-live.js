// @ts-check
// The demo shop's lists and its member page: this script asks the shop every two seconds. Without it: reload.
(function () {
  "use strict";
  var area = document.querySelector("[data-live]");
  if (!area) return;
  // What the shop last sent: the widget marks its buttons in the page.
  var shown = area.innerHTML;
  setTimeout(refresh, 2000, area);

  /** @param {Element} area */
  function refresh(area) {
    fetch(location.href, { headers: { Accept: "text/html" } })
      .then(function (response) { return response.ok ? response.text() : ""; })
      .then(function (html) {
        var fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live]");
        if (!fresh || fresh.innerHTML === shown) return;
        shown = fresh.innerHTML;
        area.replaceChildren.apply(area, Array.from(fresh.childNodes));
      })
      .catch(function () {})
      .then(function () { setTimeout(refresh, 2000, area); });
  }
})();
