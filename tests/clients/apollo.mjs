// Apollo Client over HTTP and, by `graphql-ws`, over a socket: starts an export, watches it, loses its socket on the way,
// comes back by itself, sees the end, and downloads the file; all at once, and in two pieces.
//
//   node tests/clients/apollo.mjs http://127.0.0.1:8080 sb_…
//
// The records must last for a second or two as a workbook. Needs `@apollo/client`, `graphql`, `graphql-ws`, `rxjs` and `ws`
// (beside this file or on NODE_PATH). Exits non-zero on failure.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { PROGRESS, START, STATE, Sightings, checkFile, checkResume, endWithin, isHalfWay, severable } from './exporting.mjs';

// `require`, because `import` does not look at NODE_PATH.
const require = createRequire(import.meta.url);
const { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } = require('@apollo/client');
const { GraphQLWsLink } = require('@apollo/client/link/subscriptions');
const { createClient } = require('graphql-ws');
const WebSocket = require('ws');

const [base, token] = process.argv.slice(2);
assert(base && token, 'usage: apollo.mjs <base url> <token>');
const authorization = `Bearer ${token}`;
const workbook = new Sightings();
endWithin(120, () => workbook.seen);

const line = await severable(base);
const connected = [];
const socket = createClient({
  url: `${line.base.replace('http', 'ws')}/graphql/ws`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryWait: async () => {},
  on: { connected: (_socket, _payload, wasRetry) => connected.push(wasRetry) },
});
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(socket),
    new HttpLink({ uri: new URL('/graphql', base).href, headers: { authorization } }),
  ),
});

async function start(format, idempotencyKey = randomUUID()) {
  const input = { export: { kind: 'RECORDS', format }, idempotencyKey };
  const { data } = await client.mutate({ mutation: gql(START), variables: { input } });
  assert.deepEqual(data.startExport.userErrors, []);
  return data.startExport.exportJob;
}

function watch({ id }, sightings) {
  client.subscribe({ query: gql(PROGRESS), variables: { id } }).subscribe({
    next: ({ data, error }) => (error ? sightings.fail(error) : sightings.next(data.exportJobProgress)),
    error: (error) => sightings.fail(error),
    complete: () => sightings.complete(),
  });
}

const key = randomUUID();
const job = await start('XLSX', key);
assert.equal((await start('XLSX', key)).id, job.id, 'the same key started another job');
watch(job, workbook);
await workbook.until(isHalfWay);
const before = workbook.seen.length;
line.sever();
const back = await workbook.until(() => true, before);
assert.deepEqual(connected, [false, true]);

// While that goes on, over the same socket.
const table = new Sightings();
watch(await start('CSV'), table);
const tables = await table.end();
const ended = await workbook.end();
assert.equal(line.opened(), 2, 'the socket is shared');

// The subscription has told the cache, and with it every query that shows the job.
const fragment = gql('fragment Now on ExportJob { status rowsDone }');
const cached = client.cache.readFragment({ id: client.cache.identify({ __typename: 'ExportJob', id: job.id }), fragment });
assert.deepEqual([cached.status, cached.rowsDone], ['COMPLETED', ended.rowsTotal]);

await checkFile(base, token, tables, '/export/records/csv');
const file = await checkFile(base, token, ended, '/export/records/excel');
await checkResume(ended, file);
// One whole, one in two pieces.
const { data } = await client.query({ query: gql(STATE), variables: { id: job.id }, fetchPolicy: 'network-only' });
assert.equal(data.exportJob.downloads, 2);

await socket.dispose();
client.stop();
line.close();
const states = workbook.seen.length;
console.log(`apollo: ${states} states of ${ended.rowsTotal} rows, cut at ${workbook.seen[before - 1].rowsDone}, back at ${back.rowsDone}`);
