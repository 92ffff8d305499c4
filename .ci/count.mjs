// count.mjs DIRECTORY [FAILED STEP…]: sums up the reports `DIRECTORY/<step>.json` of Vitest. See .ci/run.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [directory, ...failedSteps] = process.argv.slice(2);
const unexplained = new Set(failedSteps);
let passed = 0;
let failed = 0;

for (const file of readdirSync(directory)) {
  const step = basename(file, '.json');
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(join(directory, file), 'utf8'));
  console.log(`${step}: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
  passed += numPassedTests;
  failed += numFailedTests;
  if (numFailedTests > 0) unexplained.delete(step);
}
console.log(`${passed} passed, ${failed + unexplained.size} failed`);
