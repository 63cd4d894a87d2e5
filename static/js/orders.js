// @ts-check
// The demo shop's list of orders: polls its own server every two seconds. Without this script: reload.
(function () {
  "use strict";
  var list = document.getElementById("orders");
  if (list) setTimeout(refresh, 2000, list);

  /** @param {HTMLElement} list */
  function refresh(list) {
    fetch(location.href, { headers: { Accept: "text/html" } })
      .then(function (response) { return response.ok ? response.text() : ""; })
      .then(function (html) {
        var fresh = new DOMParser().parseFromString(html, "text/html").getElementById("orders");
        if (fresh && fresh.innerHTML !== list.innerHTML) list.replaceChildren.apply(list, Array.from(fresh.childNodes));
      })
      .catch(function () {})
      .then(function () { setTimeout(refresh, 2000, list); });
  }
})();
