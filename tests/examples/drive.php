<?php
// Runs docs/examples/verify_verdict.php over the cases on standard input: one outcome for each, as a JSON array.
declare(strict_types=1);
error_reporting(E_ALL);
set_error_handler(fn (int $level, string $message) => throw new ErrorException($message, 0, $level));
require __DIR__ . '/../../docs/examples/verify_verdict.php';

function outcome(array $case): string
{
    try {
        $claims = verify_verdict(...$case);
        return $claims['isPaid'] ? 'paid' : ($claims['isFulfillable'] ? 'free' : 'not paid');
    } catch (VerdictVerificationError $refused) {
        return $refused->reason;
    } catch (TypeError) {
        return 'unusable_expectation'; // PHP itself refuses an expectation of the wrong type
    }
}

echo json_encode(array_map(outcome(...), json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR)));
