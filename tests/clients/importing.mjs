// Apollo Client with the upload link of `apollo-upload-client`, and `graphql-ws`: sends a file of records, follows its check,
// sees how it was understood and what is wrong with it, states how to read it, sends it mended, has it carried out and undone.
// Then the same by PUT, streamed by `fetch`.
//
//   node tests/clients/importing.mjs http://127.0.0.1:8080 sb_…
//
// Leaves the records as they were. Needs `@apollo/client`, `apollo-upload-client`, `graphql`, `graphql-ws`, `rxjs` and `ws`
// (beside this file or on NODE_PATH). Exits non-zero on failure.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { endWithin } from './exporting.mjs';

// `require`, because `import` does not look at NODE_PATH.
const require = createRequire(import.meta.url);
const { ApolloClient, ApolloLink, InMemoryCache, gql } = require('@apollo/client');
const { GraphQLWsLink } = require('@apollo/client/link/subscriptions');
const { createClient } = require('graphql-ws');
const WebSocket = require('ws');
const { default: UploadHttpLink } = await import(pathToFileURL(require.resolve('apollo-upload-client/UploadHttpLink.mjs')));

const [base, token] = process.argv.slice(2);
assert(base && token, 'usage: importing.mjs <base url> <token>');
const endpoint = new URL('/graphql', base).href;
const authorization = `Bearer ${token}`;
const states = [];
endWithin(120, () => states.slice(-5));

const IMPORT = `id status phase fileName bytes rowsDone rowsTotal percent faultCount added changed unchanged note
  uploadUrl faultsUrl format delimiter columns { index header field money decimalSeparator dateFormat }
  sample { line cells { field value } } faults { nodes { line column code reason cell } } error { code message }`;
const START = gql(`mutation Start($input: StartImportInput!) {
  startImport(input: $input) { import { ${IMPORT} } userErrors { code field message } }
}`);
const PROGRESS = gql(`subscription Progress($id: ID!) { importProgress(id: $id) { ${IMPORT} } }`);
const RECORDS = gql(`query Records($search: String!) {
  records(first: 50, filter: { search: $search }) {
    totalCount nodes { ebayOrderId saleDate itemName qty salePriceCents ebayFeesCents }
  }
}`);

const socket = createClient({
  url: `${base.replace('http', 'ws')}/graphql/ws`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
});
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(socket),
    new UploadHttpLink({ uri: endpoint, headers: { authorization, 'Apollo-Require-Preflight': 'true' } }),
  ),
});

/** Calls a mutation on an import; its payload, in which nothing was refused. */
async function change(mutation, input) {
  const kind = `${mutation[0].toUpperCase()}${mutation.slice(1)}Input`;
  const text = `mutation Change($input: ${kind}!) {
    ${mutation}(input: $input) { import { id status } userErrors { code message } }
  }`;
  const { data } = await client.mutate({ mutation: gql(text), variables: { input } });
  assert.deepEqual(data[mutation].userErrors, []);
  return data[mutation].import;
}

async function start(input) {
  const { data } = await client.mutate({ mutation: START, variables: { input } });
  assert.deepEqual(data.startImport.userErrors, []);
  return data.startImport.import;
}

/** Watches an import until it is so, from the state it is in. */
function watchUntil(id, is) {
  return new Promise((found, failed) => {
    const watching = client.subscribe({ query: PROGRESS, variables: { id } }).subscribe({
      next: ({ data, error }) => {
        if (error) return failed(error);
        const state = data.importProgress;
        states.push(state);
        if (state.status === 'FAILED') failed(new Error(JSON.stringify(state.error)));
        if (!is(state)) return;
        found(state);
        // Not from within its own event.
        queueMicrotask(() => watching.unsubscribe());
      },
      error: failed,
      complete: () => failed(new Error(`complete after ${states.at(-1)?.status}`)),
    });
  });
}

const checked = ({ status }) => ['READY', 'INVALID'].includes(status);
const turned = (status) => (state) => state.status === status;

async function records(search) {
  const { data } = await client.query({ query: RECORDS, variables: { search }, fetchPolicy: 'network-only' });
  return data.records;
}

const { data: owned } = await client.query({ query: gql('{ accounts(first: 1) { nodes { id } } }') });
const accountId = owned.accounts.nodes[0].id;
const prefix = `c${randomUUID().slice(0, 8)}`;

// As a shop in Europe keeps them. The third has no such day, the fourth no price.
const HEADER = 'Order number;Sale date;Item title;Quantity;Sold for;eBay fees;Shelf';
const row = (number) =>
  `${prefix}-${number};0${number}.03.2026;"Lamp ""${number}"", ü";${number};1${number},50;0,99;A${number}`;
const mended = [HEADER, ...[1, 2, 3, 4].map(row), ''].join('\r\n');
const broken = mended.replace('03.03.2026', '31.02.2026').replace(';14,50;', ';;');

const reading = { money: 'DECIMAL', decimalSeparator: 'COMMA' };
const expected = [4, 3, 2, 1].map((number) => ({
  __typename: 'Record',
  ebayOrderId: `${prefix}-${number}`,
  saleDate: `2026-03-0${number}`,
  itemName: `Lamp "${number}", ü`,
  qty: number,
  salePriceCents: 1050 + number * 100,
  ebayFeesCents: 99,
}));

/** What was found in the mended file, whichever way it came. */
function checkUnderstood(state) {
  assert.equal(state.status, 'READY', JSON.stringify(state.faults));
  assert.deepEqual([state.added, state.changed, state.unchanged], [4, 0, 0]);
  const fields = Object.fromEntries(state.columns.map(({ header, field }) => [header, field]));
  assert.deepEqual(fields, {
    'Order number': 'ebay_order_id',
    'Sale date': 'sale_date',
    'Item title': 'item_name',
    Quantity: 'qty',
    'Sold for': 'sale_price',
    'eBay fees': 'ebay_fees',
    Shelf: null,
  });
}

/** Has it carried out and undone; the records are there in between and not after. */
async function carryOutAndUndo(id) {
  assert.equal((await records(prefix)).totalCount, 0, 'nothing is written before it is carried out');
  const committed = watchUntil(id, turned('COMMITTED'));
  await change('commitImport', { id, note: 'by a client' });
  const { added, note } = await committed;
  assert.deepEqual([added, note], [4, 'by a client']);
  const read = await records(prefix);
  assert.deepEqual(read.nodes, expected);
  // One that was carried out is at its end: whoever watches it then hears no more.
  await change('rollbackImport', { id });
  await watchUntil(id, turned('ROLLED_BACK'));
  assert.deepEqual((await records(prefix)).nodes, []);
}

// With the request itself.
const file = new File([broken], 'march.csv', { type: 'text/csv' });
const first = await start({ kind: 'RECORDS', accountId, file, idempotencyKey: randomUUID() });
assert.deepEqual([first.fileName, first.bytes, first.uploadUrl], ['march.csv', Buffer.byteLength(broken), null]);
const unstated = await watchUntil(first.id, checked);
assert.equal(unstated.status, 'INVALID');
assert.equal(unstated.faults.nodes[0].code, 'MONEY_UNIT_NOT_STATED', JSON.stringify(unstated.faults));
const stated = watchUntil(first.id, (state) => checked(state) && state.sample.length > 0);
await change('updateImportReading', { id: first.id, reading });
const faulty = await stated;
assert.equal(faulty.status, 'INVALID');
assert.deepEqual(
  faulty.faults.nodes.map(({ line, column, code }) => [line, column, code]),
  [[4, 'Sale date', 'INVALID_DATE'], [5, 'Sold for', 'MISSING_VALUE']],
);
const cells = Object.fromEntries(faulty.sample[0].cells.map(({ field, value }) => [field, value]));
assert.deepEqual([cells.ebay_order_id, cells.sale_date, cells.item_name], [`${prefix}-1`, '2026-03-01', 'Lamp "1", ü']);
const list = await (await fetch(faulty.faultsUrl)).text();
assert.match(list, /^line,column,code,reason,cell\r\n4,Sale date,INVALID_DATE,/);
await change('discardImport', { id: first.id });

const whole = new File([mended], 'march.csv', { type: 'text/csv' });
const second = await start({ kind: 'RECORDS', accountId, file: whole, reading });
checkUnderstood(await watchUntil(second.id, checked));
await carryOutAndUndo(second.id);

// By PUT, in pieces whose number nobody says before.
const third = await start({ kind: 'RECORDS', accountId, fileName: 'streamed.csv', reading });
assert.equal(third.status, 'AWAITING_FILE');
assert.equal(new URL(third.uploadUrl).origin, new URL(base).origin);
const came = watchUntil(third.id, checked);
const bytes = Buffer.from(mended);
async function* pieces() {
  for (let at = 0; at < bytes.length; at += 100) {
    await new Promise((later) => setImmediate(later));
    yield bytes.subarray(at, at + 100);
  }
}
const put = (url, more) => fetch(url, { method: 'PUT', body: ReadableStream.from(pieces()), duplex: 'half', ...more });
const received = await put(third.uploadUrl);
assert.deepEqual([received.status, await received.json()], [201, { id: third.id, bytes: bytes.length }]);
checkUnderstood(await came);
await carryOutAndUndo(third.id);
const again = await put(third.uploadUrl);
assert.deepEqual([again.status, (await again.json()).code], [409, 'IMPORT_HAS_FILE']);
// By its address and a token; one that is left on the way can be sent again.
const fourth = await start({ kind: 'RECORDS', accountId, fileName: 'left.csv', reading });
const address = new URL(`/import/${fourth.id}`, base);
const leaving = new AbortController();
async function* left() {
  yield bytes.subarray(0, 100);
  leaving.abort();
}
const cut = { method: 'PUT', body: ReadableStream.from(left()), duplex: 'half', headers: { authorization } };
await assert.rejects(fetch(address, { ...cut, signal: leaving.signal }), { name: 'AbortError' });
assert.equal((await put(address)).status, 401);
assert.equal((await put(address, { headers: { authorization } })).status, 201);
checkUnderstood(await watchUntil(fourth.id, checked));
await change('discardImport', { id: fourth.id });

await socket.dispose();
client.stop();
console.log(`importing: ${states.length} states of four files`);
