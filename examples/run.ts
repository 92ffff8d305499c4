/** Starts an example by its name: `npm run example -- rollouts --context staging`. */
const EXAMPLES: Readonly<Record<string, () => Promise<unknown>>> = {
  'pods-by-node': () => import('./pods-by-node.ts'),
  rollouts: () => import('./rollouts.ts'),
  'event-feed': () => import('./event-feed.ts'),
  'expiring-certificates': () => import('./expiring-certificates.ts'),
  'namespace-contents': () => import('./namespace-contents.ts'),
};

// What is left is the example's own.
const [name = ''] = process.argv.splice(2, 1);
const example = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
if (example === undefined) {
  console.error(`the name of an example must come first: ${Object.keys(EXAMPLES).join(', ')}`);
  process.exitCode = 1;
} else {
  await example();
}
