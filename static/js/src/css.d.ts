declare module '*.css' {
  const text: string;
  export default text;
}
/** Of widget-offer.js: SHA-256 in base64, without the sign at its end; filled in by tools/build_widget.mjs. */
declare const OFFER_HASH: string;
