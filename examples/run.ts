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
const names = Object.keys(EXAMPLES).join(', ');
if (example !== undefined) {
  await example();
} else if (['-h', '--help', 'help'].includes(name)) {
  console.log(`npm run example -- NAME [options], where NAME is one of ${names}. NAME --help names its options.`);
} else {
  console.error(`the name of an example must come first: ${names}`);
  process.exitCode = 1;
}
