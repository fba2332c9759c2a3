// The written-down schema, read by graphql-js: it parses and breaks none of the specification's rules.
//
//   node tests/clients/schema.mjs schema.graphql
//
// Needs `graphql` (beside this file or on NODE_PATH). Exits non-zero on failure.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// `require`, because `import` does not look at NODE_PATH.
const { buildSchema, validateSchema } = createRequire(import.meta.url)('graphql');

const [path] = process.argv.slice(2);
assert(path, 'usage: schema.mjs <schema.graphql>');

const schema = buildSchema(readFileSync(path, 'utf8'));
assert.deepEqual(validateSchema(schema), []);
console.log(`schema: ${Object.keys(schema.getTypeMap()).length} types`);
