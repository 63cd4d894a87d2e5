// StepPay in React. Copy this and widget.d.ts into your project; the script tag stays in your HTML page.
//   <PayLink server="https://pay.shop.kr" order={order.code}>Pay</PayLink>
//   usePaymentResult((verdict) => { if (verdict.fulfill) navigate('/thanks'); });   // your backend verifies it
import { useEffect, useRef, type AnchorHTMLAttributes } from 'react';
import type { Mode, Verdict } from '../../static/js/widget.js';

type Props = AnchorHTMLAttributes<HTMLAnchorElement> & { server: string; order: string; mode?: Mode; container?: string };

/** The widget listens to every click on the page, so nothing is bound here. Without the script it is a link that pays. */
export function PayLink({ server, order, mode, container, ...rest }: Props) {
  const href = `${server}/v1/pay/${order}`;
  return <a {...rest} href={href} data-steppay-order={order} data-mode={mode} data-container={container} />;
}

/** Calls back once for each result of this page, also for one that came before React: the return from a redirect. */
export function usePaymentResult(onResult: (verdict: Verdict) => void): void {
  const latest = useRef(onResult);
  const reported = useRef<Verdict | null>(null);
  useEffect(() => {
    latest.current = onResult;
  });
  useEffect(() => {
    const report = (verdict: Verdict | null) => {
      if (verdict && verdict !== reported.current) latest.current((reported.current = verdict));
    };
    const listen = (event: DocumentEventMap['steppay:result']) => report(event.detail);
    document.addEventListener('steppay:result', listen);
    window.StepPayCheckout?.handleReturn().then(report);
    return () => document.removeEventListener('steppay:result', listen);
  }, []);
}
