// StepPay in React. Copy this and widget.d.ts into your project; the script tag stays in your HTML page.
//   <PayLink server="https://pay.shop.kr" order={order.code}>Pay</PayLink>
//   usePaymentResult((verdict) => { if (verdict.fulfill) navigate('/thanks'); });   // your backend verifies it
import { useEffect, useRef, type AnchorHTMLAttributes } from 'react';
import type { Mode, Verdict } from '../../static/js/widget.js';

type Props = AnchorHTMLAttributes<HTMLAnchorElement> & { server: string; order: string; mode?: Mode; container?: string };

/** The widget hears every click on the page, so nothing is bound here. Without our script it is a link that pays. */
export function PayLink({ server, order, mode, container, ...rest }: Props) {
  const href = `${server}/v1/pay/${order}`;
  return <a {...rest} href={href} data-steppay-order={order} data-mode={mode} data-container={container} />;
}

/** Hears each result of this page once, also one that came before React did: the return from a redirect. */
export function usePaymentResult(onResult: (verdict: Verdict) => void): void {
  const latest = useRef(onResult);
  const told = useRef<Verdict | null>(null);
  useEffect(() => {
    latest.current = onResult;
  });
  useEffect(() => {
    const tell = (verdict: Verdict | null) => {
      if (verdict && verdict !== told.current) latest.current((told.current = verdict));
    };
    const hear = (event: DocumentEventMap['steppay:result']) => tell(event.detail);
    document.addEventListener('steppay:result', hear);
    window.StepPayCheckout?.handleReturn().then(tell);
    return () => document.removeEventListener('steppay:result', hear);
  }, []);
}
