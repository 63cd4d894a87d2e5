// @ts-check
const { kit } = /** @type {HTMLScriptElement & {kit: import('./offerFile.js').Kit}} */ (document.currentScript);
kit.sell ||= () => {};
