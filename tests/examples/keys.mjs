// Runs `Keys` of docs/examples/verify-verdict.mjs: one step a line, {at, token, expected}; one outcome a line.
import { createInterface } from 'node:readline';
import { Keys, VerdictVerificationError } from '../../docs/examples/verify-verdict.mjs';

let seconds = 0;
const keys = new Keys(process.argv[2], () => seconds);
for await (const line of createInterface({ input: process.stdin })) {
  const { at, token, expected } = JSON.parse(line);
  seconds = at;
  try {
    console.log((await keys.verify(token, expected)).isPaid ? 'paid' : 'not paid');
  } catch (error) {
    if (!(error instanceof VerdictVerificationError)) throw error;
    console.log(error.code);
  }
}
