"""One outside thing a file or folder: StepPay, the database, the page rules file."""
