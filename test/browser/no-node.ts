// Runs in each page before its spec: what there is only in Node, and what others put into a page to replace it.
const NODES_OWN = ['process', 'Buffer', 'global', 'require', 'setImmediate'];

const there = NODES_OWN.filter((name) => name in globalThis);
if (there.length > 0) throw new Error(`no page has ${there.join(', ')}`);
