// Mocha reporter: prints like `spec`, and writes what was counted as JSON to the file in INKLING_TEST_RESULTS.
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const counts = { passed: 0, failed: 0, skipped: [] };
    runner.on(EVENT_TEST_PASS, () => (counts.passed += 1));
    runner.on(EVENT_TEST_FAIL, () => (counts.failed += 1));
    runner.on(EVENT_TEST_PENDING, (test) => {
      counts.skipped.push({ title: test.fullTitle(), reason: skipReason(test) });
    });
    runner.on(EVENT_RUN_END, () => {
      const path = process.env.INKLING_TEST_RESULTS;
      if (path) {
        writeFileSync(path, JSON.stringify(counts));
      }
    });
  }
};

/** Why a test was skipped: the `skipReason` left on the test or on a suite around it. */
function skipReason(test) {
  for (let node = test; node; node = node.parent) {
    if (node.skipReason) {
      return node.skipReason;
    }
  }
  return "no reason given";
}
