// What the Node peers check of StepPay's answers, and what they say. `check.py` is the same for Python.

export const STEPPAY = process.env.STEPPAY_API_URL;
export const HEADERS = { "Secret-Token": process.env.STEPPAY_SECRET_TOKEN };
export const PORT = Number(process.argv[2]);

/** About 300 bytes. `paid` only for exactly this order, paid in full, with a complete receipt of the same payment. */
export function judge(code, order, receipt) {
  if (order.orderCode !== code || order.code !== code || order.id !== order.orderId) return verdict(code, order, null, "unknown");
  if (!order.paymentDate || !receipt) return verdict(code, order, receipt, "pending");
  const agrees = receipt.idKey === order.idKey && receipt.orderId === order.orderId;
  const full = receipt.paidAmount === order.paidAmount && order.returnedAmount === 0;
  const complete = receipt.paymentStatus === "COMPLETE" && receipt.paymentDate;
  return verdict(code, order, receipt, agrees && full && complete ? "paid" : "unknown");
}

function verdict(code, order, receipt, kind) {
  return {
    orderCode: code,
    orderId: order.orderId,
    orderType: order.type,
    verdict: kind,
    fulfill: kind === "paid",
    final: kind === "paid",
    paymentStatus: receipt?.paymentStatus ?? null,
    paymentDate: order.paymentDate,
    amount: order.paidAmount,
    returnedAmount: order.returnedAmount,
    currency: order.currency,
    checkedAt: new Date().toISOString(),
  };
}
