// count.mjs DIRECTORY [FAILED STEP…]: sums up the reports `DIRECTORY/<step>.json` of Vitest, and says what failed, last, where it is
// found. See .ci/run.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const [directory, ...failedSteps] = process.argv.slice(2);
const unexplained = new Set(failedSteps);
let passed = 0;
let failed = 0;
const failures = [];

for (const file of readdirSync(directory)) {
  const step = basename(file, '.json');
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
    readFileSync(join(directory, file), 'utf8'),
  );
  failures.push(...testResults.flatMap(failuresOf));
  console.log(`${step}: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
  passed += numPassedTests;
  failed += numFailedTests;
  if (numFailedTests > 0) unexplained.delete(step);
}
console.log(failures.map((failure) => `\n${failure}`).join('\n'));
console.log(`${passed} passed, ${failed + unexplained.size} failed`);

function failuresOf({ name, message, assertionResults }) {
  const path = relative('.', name);
  const messages = assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => `${path} > ${fullName}\n${failureMessages.join('\n')}`);
  return message === '' ? messages : [`${path}\n${message}`, ...messages];
}
