"""What a merchant imports or copies: verdict tokens and webhooks."""

from widget_server.merchant.verdicts import ERROR_CODES, Verdict, VerdictVerificationError, verify_verdict

__all__ = ["ERROR_CODES", "Verdict", "VerdictVerificationError", "verify_verdict"]
