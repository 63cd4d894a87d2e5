// @ts-check
// <pay-button server="https://pay.shop.kr" order="order_15XqwcM1f" mode="tab">Pay</pay-button>
// The widget receives the click on the link inside, its events bubble through the element, and without the script the
// link pays. Load this file with `defer`; the widget's own tag stays in the page.
customElements.define('pay-button', class extends HTMLElement {
  static observedAttributes = ['server', 'order', 'mode'];
  link = document.createElement('a');
  attributeChangedCallback() {
    const [server, order, mode] = ['server', 'order', 'mode'].map((name) => this.getAttribute(name) || '');
    Object.assign(this.link.dataset, { steppayOrder: order, mode });
    this.link.href = `${server}/v1/pay/${order}`;
  }
  connectedCallback() {
    if (this.contains(this.link)) return;
    this.link.append(...this.childNodes);
    this.append(this.link);
  }
});
