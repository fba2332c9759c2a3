// The audit of GraphQL over HTTP that `graphql-http` brings, against a running
// server: every MUST and SHOULD has to pass; a MAY that does not is printed.
//
//   node tests/clients/audit.mjs http://127.0.0.1:8080
//
// Needs `graphql` and `graphql-http` (beside this file or on NODE_PATH). Exits
// non-zero on failure.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

// `require`, because `import` does not look at NODE_PATH.
const { serverAudits } = createRequire(import.meta.url)('graphql-http');

const [base] = process.argv.slice(2);
assert(base, 'usage: audit.mjs <base url>');
const url = new URL('/graphql', base).href;

const audits = serverAudits({ url });
const results = await Promise.all(audits.map((audit) => audit.fn()));

const failed = results.filter((result) => result.status !== 'ok');
for (const result of failed) {
  const answer = result.response ? ` (${result.response.status})` : '';
  console.error(`${result.id} ${result.name}: ${result.reason}${answer}`);
}
console.log(`audit: ${results.length - failed.length} of ${results.length} pass`);
if (failed.some((result) => !/^MAY\b/.test(result.name))) process.exit(1);
