// @ts-check
// The gallery of screens: a new choice shows at once.
(function () {
  "use strict";
  var form = /** @type {HTMLFormElement} */ (document.getElementById("look"));
  form.addEventListener("change", function () { form.submit(); });
})();
