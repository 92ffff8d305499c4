import { createRequire } from 'node:module';

// `require()` of an ES module yields the same instance; a consumer in CommonJS is not a second class one.
const [entry, name] = process.argv.slice(2);
const imported = await import(entry);
const required = createRequire(import.meta.url)(entry);
console.log(typeof imported[name], imported[name] === required[name]);
