// Bundled for a browser, minified, gzipped; size-limit leaves out the peers by itself. Rolldown fails on a Node built-in,
// and so does this gate: the core entry and all that it reaches, `rxjs-for-await` included, have to run in a browser.
const core = 'dist/src/index.js';

export default [
  { name: "import { watch$ } from 'rxkube'", path: core, import: '{ watch$ }', gzip: true, limit: '14 kB' },
  {
    name: "import { Pod } from 'rxkube/kinds'",
    path: 'dist/kinds/index.js',
    import: '{ Pod }',
    brotli: false,
    limit: '300 B',
  },
  {
    // `sideEffects: false` in package.json is a promise; it is not believed here. (rxjs-for-await leaves a `Promise.resolve()`.)
    name: "import {} from 'rxkube': no side effects, nothing remains",
    path: core,
    import: '{}',
    ignore: ['rxjs-for-await'],
    brotli: false,
    limit: '1 B',
    modifyRolldownConfig: (config) => ({ ...config, treeshake: { moduleSideEffects: 'no-external' } }),
  },
  { name: 'all of rxkube (for information)', path: core, import: '*', gzip: true },
  {
    name: 'all of rxkube and the RxJS it uses (for information)',
    path: core,
    import: '*',
    gzip: true,
    modifyRolldownConfig: (config) => ({ ...config, external: [] }),
  },
  {
    name: 'rxkube/node, without its dependencies',
    path: 'dist/src/node/index.js',
    import: '*',
    ignore: ['undici', 'js-yaml'],
    gzip: true,
    limit: '20 kB',
    modifyRolldownConfig: (config) => ({ ...config, platform: 'node' }),
  },
];
