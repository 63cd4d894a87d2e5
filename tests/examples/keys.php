<?php
// Runs `fetch_keys` of docs/examples/verify_verdict.php: one step a line, {at, token, expected}; one outcome a line.
declare(strict_types=1);
error_reporting(E_ALL);
require __DIR__ . '/../../docs/examples/verify_verdict.php';

[, $url, $file] = $argv;
while (($line = fgets(STDIN)) !== false) {
    $step = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    foreach ([false, true] as $unknownKey) {
        try {
            $keys = fetch_keys($url, $file, $unknownKey, (int) $step['at']);
            $said = verify_verdict($step['token'], $keys, ...$step['expected'])['isPaid'] ? 'paid' : 'not paid';
        } catch (VerdictVerificationError $refused) {
            $said = $refused->reason;
        }
        if ($said !== 'unknown_key') {
            break;
        }
    }
    echo $said, "\n";
}
