// `graphql-sse`, a connection for each operation: starts an export, watches it, loses its connection on the way, comes back
// by itself, sees the end, and downloads the file; all at once, and in two pieces. Beside it, one who watches all jobs.
//
//   node tests/clients/sse.mjs http://127.0.0.1:8080 sb_…
//
// The records must last for a second or two as a workbook. Needs `graphql` and `graphql-sse` (beside this file or on
// NODE_PATH). Exits non-zero on failure.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { PROGRESS, START, STATE, Sightings, checkFile, checkResume, endWithin, isHalfWay, severable } from './exporting.mjs';

// `require`, because `import` does not look at NODE_PATH.
const { createClient } = createRequire(import.meta.url)('graphql-sse');

const [base, token] = process.argv.slice(2);
assert(base && token, 'usage: sse.mjs <base url> <token>');
const workbook = new Sightings();
endWithin(120, () => workbook.seen);

const line = await severable(base);
const own = (url, on) =>
  createClient({ url: `${url}/graphql`, headers: { authorization: `Bearer ${token}` }, retry: async () => {}, on });
const client = own(base);

/** The only answer of an operation. */
async function ask(query, variables) {
  const answers = [];
  for await (const answer of client.iterate({ query, variables })) answers.push(answer);
  assert.equal(answers.length, 1);
  assert.equal(answers[0].errors, undefined, JSON.stringify(answers[0].errors));
  return answers[0].data;
}

async function start(format) {
  const { startExport } = await ask(START, { input: { export: { kind: 'RECORDS', format } } });
  assert.deepEqual(startExport.userErrors, []);
  return startExport.exportJob;
}

function watch(through, { id }, sightings) {
  through.subscribe({ query: PROGRESS, variables: { id } }, {
    next: ({ data, errors }) => (errors ? sightings.fail(errors[0].message) : sightings.next(data.exportJobProgress)),
    error: (error) => sightings.fail(error),
    complete: () => sightings.complete(),
  });
}

// The comment that keeps a silent connection alive is no event to the client.
let keptAlive;
const silence = new Promise((resolve) => (keptAlive = resolve));
const all = createClient({
  url: `${base}/graphql`,
  headers: { authorization: `Bearer ${token}` },
  retryAttempts: 0,
  fetchFn: async (...request) => {
    const response = await fetch(...request);
    const listen = (chunk, on) => {
      if (Buffer.from(chunk).toString().startsWith(':')) keptAlive();
      on.enqueue(chunk);
    };
    return new Response(response.body.pipeThrough(new TransformStream({ transform: listen })), response);
  },
}).iterate({ query: 'subscription { exportJobsProgress { id status } }' });

const job = await start('XLSX');
const connected = [];
watch(own(line.base, { connected: (wasRetry) => connected.push(wasRetry) }), job, workbook);
await workbook.until(isHalfWay);
const before = workbook.seen.length;
line.sever();
const back = await workbook.until(() => true, before);
assert.deepEqual(connected, [false, true]);

const table = new Sightings();
watch(client, await start('CSV'), table);
await checkFile(base, token, await table.end(), '/export/records/csv');
const ended = await workbook.end();
const file = await checkFile(base, token, ended, '/export/records/excel');
await checkResume(ended, file);
// One whole, one in two pieces.
assert.equal((await ask(STATE, { id: job.id })).exportJob.downloads, 2);

await silence;
const late = await start('CSV');
const completed = new Set();
while (!completed.has(late.id)) {
  const { value } = await all.next();
  const { id, status } = value.data.exportJobsProgress;
  if (status === 'COMPLETED') completed.add(id);
}
assert(completed.has(job.id));
await all.return();

client.dispose();
line.close();
const states = workbook.seen.length;
console.log(`sse: ${states} states of ${ended.rowsTotal} rows, cut at ${workbook.seen[before - 1].rowsDone}, back at ${back.rowsDone}`);
