/* Prints which tests each rule of docs/protocol.md has. */
import process from 'node:process';
import { NOT_APPLICABLE } from './not-applicable.ts';
import { rules, testsByRule } from './rules.ts';

const tests = testsByRule();
const missing: string[] = [];

for (const { id, title } of rules()) {
  console.log(`${id}  ${title}`);
  const named = tests.get(id) ?? [];
  const reason = NOT_APPLICABLE[id];
  for (const { file, line, name } of named) console.log(`      ${file}:${line}  ${name}`);
  if (named.length > 0) continue;
  if (reason === undefined) missing.push(id);
  console.log(reason === undefined ? '      MISSING' : `      no test: ${reason}`);
}

console.log(missing.length === 0 ? '\nnone missing' : `\nmissing: ${missing.join(', ')}`);
process.exitCode = missing.length === 0 ? 0 : 1;
