// Runs docs/examples/verify-verdict.mjs over the cases on standard input: one outcome for each, as a JSON array.
import { readFileSync } from 'node:fs';
import { verifyVerdict, VerdictVerificationError } from '../../docs/examples/verify-verdict.mjs';

function outcome({ token, ...expected }) {
  try {
    const { isPaid, isFulfillable } = verifyVerdict(token, expected);
    if (isPaid) return 'paid';
    return isFulfillable ? 'free' : 'not paid';
  } catch (error) {
    if (error instanceof VerdictVerificationError) return error.code;
    throw error;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(outcome)));
