// The demo shop's list of orders: asks its own server every two seconds and shows what is new. Without it: reload.
(function () {
  "use strict";
  var list = document.getElementById("told");
  if (!list) return;

  function look() {
    fetch(location.href, { headers: { Accept: "text/html" } })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (html) {
        var fresh = html && new DOMParser().parseFromString(html, "text/html").getElementById("told");
        if (fresh && fresh.innerHTML !== list.innerHTML) list.replaceChildren.apply(list, fresh.childNodes);
      })
      .catch(function () {})
      .then(function () { setTimeout(look, 2000); });
  }

  setTimeout(look, 2000);
})();
