import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { USER_AGENT } from './user-agent.js';

it('says which version this is', () => {
  const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Record<
    string,
    string
  >;
  expect(USER_AGENT).toBe(`${String(name)}/${String(version)}`);
});
