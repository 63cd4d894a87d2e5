"""Do the tests notice mistakes where a mistake would cost money? `make mutants` plants them one by one and counts.

A mutant is killed when a test fails with it or takes a minute. Not counted: one that cannot even be imported, and one
that tools/equivalent-mutants.txt shows to change nothing that a caller could see. Every mutant runs in a fork of this
process, from memory; no file is changed. docs/decisions/0016 says why no library does this.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import importlib.util
import io
import os
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType

import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401  here, so that each fork has it already
import hypothesis.strategies
import jwt  # noqa: F401
import pytest

from tools.lockfiles import ROOT
from tools.mutators import Mutant, mutants_of

LIST = ROOT / "tools" / "equivalent-mutants.txt"
LEAST_PERCENT = 95
SECONDS = 60
"""For one test, by the clock, and for all of them, of the processor."""

RULES = ["test_verdict_states", "test_verdict_gates", "test_verdict_vectors", "test_dates"]
KEYS = ["test_signing_key_problems", "test_signing_keys", "test_tokens"]
TOKENS = ["test_merchant_edges", "test_tokens", "test_merchant"]
TESTS = {
    "widget_server/domain/checkout.py": ["test_domain_values"],
    "widget_server/domain/backoff.py": ["test_backoff"],
    "widget_server/domain/display_options.py": ["test_domain_values"],
    "widget_server/domain/delivery.py": ["test_records", "test_domain_values"],
    "widget_server/domain/expectation.py": ["test_expectation", "test_domain_values", "test_free_orders"],
    "widget_server/domain/subresource_integrity.py": ["test_domain_values"],
    "widget_server/domain/job.py": ["test_backoff", "test_domain_values"],
    "widget_server/domain/model.py": [
        "test_domain_values",
        "test_parsing",
        *RULES,
        "test_return_query",
        "test_free_orders",
    ],
    "widget_server/domain/pay_url.py": ["test_pay_url", "test_domain_values"],
    "widget_server/domain/parsing.py": ["test_parsing", *RULES],
    "widget_server/domain/recheck_schedule.py": ["test_backoff"],
    "widget_server/domain/order_id.py": ["test_webhook_reading"],
    "widget_server/domain/order_record.py": ["test_records", "test_latest_verdict", "test_domain_values"],
    "widget_server/domain/return_query.py": ["test_return_query", "test_domain_values"],
    "widget_server/domain/rules.py": RULES,
    "widget_server/domain/strict_json.py": ["test_strict_json"],
    "widget_server/domain/transitions.py": [
        "test_transitions",
        "test_records",
        "test_free_orders",
        "test_domain_values",
    ],
    "widget_server/domain/verdict_json.py": ["test_records", "test_free_orders"],
    "widget_server/domain/webhook_event.py": ["test_webhook_reading", "test_domain_values"],
    "widget_server/domain/webhook_signature.py": ["test_webhook_reading"],
    "widget_server/merchant/verdicts.py": TOKENS,
    "widget_server/merchant/webhooks.py": ["test_delivery_edges"],
    "widget_server/adapters/keys/verdict_tokens.py": TOKENS,
    "widget_server/adapters/keys/signing_keys.py": KEYS,
    "widget_server/adapters/keys/secret_file.py": ["test_key_file", "test_signing_keys"],
    "widget_server/services/verdict_token.py": TOKENS,
}
"""The quick tests of each file, the quickest first. The properties of the verdict, at thousands of examples, are not
among them: the tables alone must kill."""

# These start programs of their own, which know nothing of a mutant.
NOT_THESE = "not many_processes_that_start_at_once and not loads_no_flask"
KILLED, SURVIVED, UNLOADABLE = "killed", "survived", "unloadable"
EQUIVALENT, WRONGLY_LISTED = "equivalent", "killed, so not equivalent"
_NOT_IMPORTED = 99


class _Loader(SourceFileLoader):
    """Gives one module another source than its file has."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None


class _Quick:
    """Properties take the same examples each time, keep none for later, and do not look for the smallest one."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        house = hypothesis.settings.get_profile("house")
        hypothesis.settings.register_profile("mutants", house, phases=phases, derandomize=True, database=None)
        hypothesis.settings.load_profile("mutants")


def run(path: str, source: str, scratch: Path) -> str:
    """What becomes of the tests of `path` when it has this source. The tests' output is left in `scratch`."""
    child = os.fork()
    if not child:
        _in_child(path, source, scratch)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return KILLED
    outcomes = {pytest.ExitCode.OK: SURVIVED, pytest.ExitCode.TESTS_FAILED: KILLED, pytest.ExitCode.INTERRUPTED: KILLED}
    code = os.WEXITSTATUS(status)
    if code == _NOT_IMPORTED:
        return UNLOADABLE
    if code not in outcomes:
        raise SystemExit(f"{path}: the tests cannot be run\n{(scratch / 'output').read_text('utf-8')}")
    return outcomes[pytest.ExitCode(code)]


def _in_child(path: str, source: str, scratch: Path) -> None:
    output = os.open(scratch / "output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    gc.freeze()  # what was there before the fork stays; looking through it costs more than most tests
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    sys.meta_path.insert(0, _Loader(name, str(ROOT / path), source))
    try:
        importlib.import_module(name)
    except BaseException:  # noqa: BLE001  whatever the mutant does
        os._exit(_NOT_IMPORTED)
    options = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", f"--timeout={SECONDS}", "-k", NOT_THESE]
    options.append(f"--basetemp={scratch}/tests")
    codes = (pytest.main([*options, f"tests/unit/{test}.py"], plugins=[_Quick()]) for test in TESTS[path])
    os._exit(next((int(code) for code in codes if code), 0))


def equivalents(words: Sequence[str]) -> dict[str, str]:
    """Name of the mutant -> why no test can tell it from the original; only names with all these words."""
    lines = LIST.read_text("utf-8").splitlines()
    rows = (line.rpartition(" | ") for line in lines if line and not line.startswith("#"))
    return {name: reason for name, _, reason in rows if all(word in name for word in words)}


def chosen(words: Sequence[str]) -> Iterator[tuple[str, Mutant]]:
    for path in TESTS:
        for mutant in mutants_of(path, (ROOT / path).read_text("utf-8")):
            if all(word in mutant.name for word in words):
                yield path, mutant


def check_originals(paths: Sequence[str], scratch: Path) -> None:
    """Without a mistake the tests must pass, or every mutant would look killed."""
    for path in paths:
        if run(path, (ROOT / path).read_text("utf-8"), scratch) != SURVIVED:
            raise SystemExit(f"{path}: its tests fail as it is\n{(scratch / 'output').read_text('utf-8')}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants with all these words in their names")
    parser.add_argument("--list", action="store_true", help="only print the names")
    options = parser.parse_args()
    mutants = list(chosen(options.words))
    if options.list:
        print(*(mutant.name for _, mutant in mutants), sep="\n")
        return 0
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["PYTEST_PLUGINS"] = "pytest_timeout,_hypothesis_pytestplugin"
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--markers"])  # pytest loads its own parts now, and not once more in each fork
    with tempfile.TemporaryDirectory() as scratch:
        return judge(mutants, equivalents(options.words), Path(scratch))


def judge(mutants: Sequence[tuple[str, Mutant]], known: Mapping[str, str], scratch: Path) -> int:
    """Run them all and print the table; 1 when too many survived, or one is called equivalent and is not."""
    counts, gone = Counter[tuple[str, str]](), known.keys() - {mutant.name for _, mutant in mutants}
    for name in gone:
        print(f"listed as equivalent, but there is no such mutant: {name}")
    check_originals(sorted({path for path, _ in mutants}), scratch)
    for path, mutant in mutants:
        outcome = run(path, mutant.source, scratch)
        if mutant.name in known:
            outcome = EQUIVALENT if outcome == SURVIVED else WRONGLY_LISTED
        if outcome in (SURVIVED, WRONGLY_LISTED):
            print(f"{outcome}: {mutant.name}", flush=True)
        counts[path, outcome] += 1
    return max(report(counts), int(bool(gone)))


def report(counts: Counter[tuple[str, str]]) -> int:
    columns = (KILLED, SURVIVED, EQUIVALENT, UNLOADABLE)
    print(f"{'':44}" + "".join(f"{column:>12}" for column in columns))
    for path in sorted({path for path, _ in counts}):
        print(f"{path:44}" + "".join(f"{counts[path, column]:12}" for column in columns))
    total = {outcome: sum(counts[key] for key in counts if key[1] == outcome) for outcome in (*columns, WRONGLY_LISTED)}
    percent = 100 * total[KILLED] / max(total[KILLED] + total[SURVIVED], 1)
    print(f"{'all':44}" + "".join(f"{total[column]:12}" for column in columns) + f"   {percent:.1f} % killed")
    return int(percent < LEAST_PERCENT or total[WRONGLY_LISTED] > 0)


if __name__ == "__main__":
    sys.exit(main())
