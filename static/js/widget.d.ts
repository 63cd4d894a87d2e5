/**
 * How payment opens. `popup`: a window of 480 x 760 px, `tab` without a size; both stay open until the shopper or the
 * browser closes them. `auto`: a redirect on mobile, in-app browsers and Safari, an iframe dialog elsewhere.
 */
export type Mode = 'redirect' | 'tab' | 'popup' | 'iframe' | 'auto';

export type VerdictName =
  | 'paid'
  | 'no_charge'
  | 'pending'
  | 'failed'
  | 'canceled'
  | 'partially_refunded'
  | 'refunded'
  | 'mismatch'
  | 'unknown';

/** What the widget server found out from StepPay about exactly one order. Deliver only when `fulfill` is true. */
export interface Verdict {
  readonly orderCode: string;
  readonly orderId?: number | null;
  readonly orderType?: string | null;
  readonly verdict: VerdictName;
  /** Why: `payment_complete`, `not_paid_yet`, `awaiting_deposit`, ...; without an answer a problem code. */
  readonly reason: string;
  readonly fulfill: boolean;
  /** False: the verdict may still change by itself. */
  readonly final: boolean;
  /** Seconds to wait before asking again. */
  readonly retryAfter?: number | null;
  readonly paymentStatus?: string | null;
  /** RFC 3339 */
  readonly paymentDate?: string | null;
  /** In the order's currency; KRW has no minor unit. */
  readonly amount?: number | null;
  readonly returnedAmount?: number | null;
  /** ISO 4217 */
  readonly currency?: string | null;
  readonly subscriptionIds?: readonly number[];
  /** For the shopper, with `message` as its text. */
  readonly title?: string;
  /** For the shopper: complete sentences, which may begin with the title's words. */
  readonly message?: string;
  /** RFC 3339 */
  readonly checkedAt?: string;
  /** Signed verdict for the merchant's backend (compact JWS). */
  readonly token?: string;
}

/**
 * Words and labels; a line break parts a screen's title and text. A verdict's are keyed by `verdict`, a pending one's by its
 * `reason`; `slow` follows `checking` after five seconds, `opening` stands where the payment page is not there yet; `frame`
 * stands before the shop's name above the payment page, and names each of our dialogs and the frame for a screen reader.
 */
export type TextKey =
  | Exclude<VerdictName, 'pending'>
  | 'awaiting_deposit'
  | 'awaiting_bank_debit'
  | 'not_paid_yet'
  | 'cancel_in_progress'
  | 'order_lagging'
  | 'checking'
  | 'slow'
  | 'opening'
  | 'unopened'
  | 'blocked'
  | 'leave'
  | 'stay'
  | 'quit'
  | 'retry'
  | 'close'
  | 'newTab'
  | 'orders'
  | 'order'
  | 'refund'
  | 'frame';

export interface Options {
  /**
   * Address of the widget server, with its path if it has one (`https://shop.kr/steppay`); default: the one that served
   * the script, also from a copy of it.
   */
  server?: string;
  mode?: Mode;
  locale?: 'auto' | 'ko' | 'en';
  theme?: 'auto' | 'light' | 'dark';
  texts?: Partial<Record<TextKey, string>>;
  /**
   * The shopper's orders: the main button where money has come, is awaited or went back. A path or an https: address; default:
   * the server's setting WIDGET_SHOP_ORDERS_URL.
   */
  ordersUrl?: string;
  /** Where to ask when a payment failed or is unknown: https:, tel: or mailto:; default: the server's WIDGET_SHOP_SUPPORT. */
  support?: { readonly label: string; readonly url: string };
}

export interface OpenOptions {
  /** An order code, or what leads to one. The payment window opens at once either way. */
  order: string | Promise<string> | (() => string | Promise<string>);
  mode?: Mode;
  /**
   * Mode `iframe` only: your element, or a selector for it (`data-container` on the clicked element). The payment page
   * is shown inside it instead of in a dialog, 760 px high unless `steppay-checkout::part(window)` says otherwise.
   */
  container?: Element | string | null;
  /**
   * Where StepPay sends the shopper back to in mode `redirect`: absolute URLs; each defaults to the one before, the first to
   * this page. Not `data-success-url`, which follows a verified payment in every mode.
   */
  successUrl?: string;
  errorUrl?: string;
  cancelUrl?: string;
  signal?: AbortSignal;
}

export interface CheckoutSession extends EventTarget {
  readonly id: string;
  /** `auto` until the page rule has decided. */
  readonly mode: Mode;
  /** `open`: the shopper may be paying; `returned`: being verified; `settled`: reported. */
  readonly state: 'opening' | 'open' | 'returned' | 'settled';
  /** Never rejects. When nothing could be opened: verdict `unknown` with the error's code as reason. */
  readonly result: Promise<Verdict>;
  focus(): void;
  /** Takes the payment window away. Says nothing about payment: the server is asked for three more minutes. */
  close(): void;
  verify(): Promise<Verdict>;
  addEventListener<K extends keyof StepPayEventMap>(
    type: K,
    listener: (this: CheckoutSession, event: StepPayEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof StepPayEventMap>(
    type: K,
    listener: (this: CheckoutSession, event: StepPayEventMap[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}

/**
 * They bubble from the clicked element, else are sent to `document`. `preventDefault()` keeps our screen away where the
 * line names one; what happened stays as it is.
 */
export interface StepPayEventMap {
  'steppay:open': CustomEvent<null>;
  /** The payment page was put into its window; in a frame: something has loaded there. */
  'steppay:ready': CustomEvent<null>;
  /** The browser refused a window. Screen: a button that opens it. Prevented, the session ends with `closed`. */
  'steppay:blocked': CustomEvent<null>;
  /** The shopper wants to leave the frame while paying. Screen: a question. Prevented, `close()` is up to you. */
  'steppay:leave': CustomEvent<null>;
  /** The shopper came back; nothing is verified yet. Screen after a redirect: "confirming". */
  'steppay:return': CustomEvent<null>;
  /** Not settled yet; asked again. */
  'steppay:pending': CustomEvent<Verdict>;
  /**
   * Once per checkout, with the verdict's screen, or with what follows a payment: the form with `steppay-token`, or
   * `data-success-url`. Until the shopper is known to be back, a checkout never ends as failed or
   * canceled, which may be an earlier try of the order: it ends as `unknown`, reason `not_returned`. A payment found after
   * a checkout has ended as pending or unknown is told as one more result.
   */
  'steppay:result': CustomEvent<Verdict>;
  /** The window is closed, or looks so. Says nothing about payment. Screen: "confirming", unless `close()` was called. */
  'steppay:close': CustomEvent<null>;
  /** Screen unless `recoverable`: nothing was opened, try again. */
  'steppay:error': CustomEvent<{ readonly code: string; readonly recoverable: boolean }>;
}

/**
 * What a shop's style sheet reaches: `steppay-checkout::part(NAME)`. One dialog shows all of a payment: it is a `window` while
 * the payment page is in it, as `page` with `frame`, `shop`, `link`, `button close` and at first `opening`; then it is a
 * `card` with `icon` (and the text's key: `icon paid`), `title`, `text`, `amount`, `order` in `words`, and `buttons`, which
 * may have a link `support`. Each `button` also has its text's key (`button close`, `button orders`). The form of an offer is a
 * `card form` with `title`, `text`, `amount`, a `field` of `label`, `input` and `error` for each question, `consent`, and
 * `button pay`. Custom properties on `steppay-checkout`: `--steppay-accent`, and
 * `--steppay-on-accent` for the words on it.
 */
export type Part =
  | 'card'
  | 'window'
  | 'form'
  | 'field'
  | 'label'
  | 'input'
  | 'error'
  | 'consent'
  | 'pay'
  | 'icon'
  | 'words'
  | 'title'
  | 'text'
  | 'amount'
  | 'order'
  | 'buttons'
  | 'button'
  | 'page'
  | 'shop'
  | 'link'
  | 'frame'
  | 'support'
  | Extract<TextKey, 'stay' | 'quit' | 'retry' | 'close' | 'newTab' | 'orders'>
  | Exclude<TextKey, 'stay' | 'quit' | 'retry' | 'close' | 'newTab' | 'orders' | 'order' | 'refund' | 'frame' | 'slow'>;

export interface StepPayCheckout {
  configure(options: Options): void;
  /** Synchronous: call it inside the click. An order that is already being paid gives the running session. */
  open(options: OpenOptions): CheckoutSession;
  /** Runs by itself on load; null when no shopper came back from StepPay. */
  handleReturn(url?: string | URL): Promise<Verdict | null>;
  /** Removes listeners, timers, dialogs and the global. */
  destroy(): void;
}

declare global {
  var StepPayCheckout: StepPayCheckout;
  interface Window {
    StepPayCheckout: StepPayCheckout;
  }
  interface HTMLElementEventMap extends StepPayEventMap {}
  interface DocumentEventMap extends StepPayEventMap {}
  interface WindowEventMap extends StepPayEventMap {}
}
