// The corners of the GraphQL multipart request specification, by plain `fetch`: what is no such request is told why, and
// starts nothing; least of all what a page of another site can make a browser send.
//
//   node tests/clients/multipart.mjs http://127.0.0.1:8080 sb_…
//
// Needs nothing but Node. Exits non-zero on failure.
import assert from 'node:assert/strict';
import { endWithin } from './exporting.mjs';

const [base, token] = process.argv.slice(2);
assert(base && token, 'usage: multipart.mjs <base url> <token>');
const endpoint = new URL('/graphql', base).href;
const bearer = { authorization: `Bearer ${token}` };
const preflight = { 'GraphQL-Preflight': '1' };
let asked;
endWithin(60, () => asked);

async function post(init) {
  const response = await fetch(endpoint, { method: 'POST', ...init });
  return { status: response.status, type: response.headers.get('content-type'), ...(await response.json()) };
}

async function countOfImports() {
  const headers = { ...bearer, 'content-type': 'application/json' };
  return (await post({ headers, body: '{"query":"{ imports { totalCount } }"}' })).data.imports.totalCount;
}

const query = `mutation ($input: StartImportInput!, $other: Upload) {
  startImport(input: $input) { import { id bytes fileName } userErrors { code } }
  other: startImport(input: { kind: SELLERS, file: $other }) { import { bytes } userErrors { code } }
}`;
const operation = { query, variables: { input: { kind: 'SELLERS', file: null }, other: null } };
const [operations, map] = [['operations', JSON.stringify(operation)], ['map', '{"0":["variables.input.file"]}']];
const file = ['0', new File(['Lumen\n'], 'names "ü".csv', { type: 'text/csv' })];
const mapped = (paths) => [operations, ['map', JSON.stringify(paths)], file];

function form(parts) {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  return form;
}

const whole = form([operations, map, file]);
const text = JSON.stringify({ query: 'mutation { startImport(input: { kind: SELLERS }) { import { id } } }' });
const batch = ['operations', JSON.stringify([operation, operation])];
const typed = (type, body = text) => ({ body, headers: { ...bearer, 'content-type': type } });
const refusals = {
  'a variable that is not there': [400, 'MAP_INVALID', mapped({ 0: ['variables.input.nothing'] })],
  'a variable that is not null': [400, 'MAP_INVALID', mapped({ 0: ['variables.input.kind'] })],
  'no variable at all': [400, 'MAP_INVALID', mapped({ 0: [] })],
  'one variable for two files': [400, 'MAP_INVALID', mapped({ 0: ['variables.other'], 1: ['variables.other'] })],
  'a file that does not come': [400, 'UPLOAD_MISSING', [operations, map]],
  'a file that the map does not name': [400, 'UPLOAD_NOT_IN_MAP', [operations, map, file, ['1', file[1]]]],
  'a file twice': [400, 'UPLOAD_TWICE', [operations, map, file, file]],
  'a file before the map': [400, 'MULTIPART_INVALID', [operations, file, map]],
  'the map before the operations': [400, 'MULTIPART_INVALID', [map, operations, file]],
  'no map': [400, 'MULTIPART_INVALID', [operations]],
  nothing: [400, 'MULTIPART_INVALID', []],
  'operations that are no JSON': [400, 'OPERATIONS_INVALID', [['operations', '{'], map, file]],
  'two operations': [400, 'BATCH_NOT_SUPPORTED', [batch, ['map', '{"0":["0.variables.input.file"]}'], file]],
  'no boundary': [400, 'MULTIPART_INVALID', { ...typed('multipart/form-data'), headers: { ...typed('multipart/form-data').headers, ...preflight } }],
  'nobody, with a file': [401, 'UNAUTHENTICATED', { body: whole, headers: preflight }],
  // What needs no preflight, any page can send.
  'a form of another site': [400, 'PREFLIGHT_REQUIRED', { body: whole, headers: bearer }],
  'a form of another site, without a token': [400, 'PREFLIGHT_REQUIRED', { body: whole }],
  'an empty preflight': [400, 'PREFLIGHT_REQUIRED', { body: whole, headers: { ...bearer, 'GraphQL-Preflight': '' } }],
  'plain text': [415, 'UNSUPPORTED_MEDIA_TYPE', typed('text/plain')],
  'fields of a form': [415, 'UNSUPPORTED_MEDIA_TYPE', typed('application/x-www-form-urlencoded', `query=${encodeURIComponent(text)}`)],
  'no media type': [415, 'UNSUPPORTED_MEDIA_TYPE', { body: Buffer.from(text), headers: bearer }],
  'another multipart': [415, 'UNSUPPORTED_MEDIA_TYPE', typed('multipart/mixed; boundary=x')],
};
const before = await countOfImports();
for (const [what, [status, code, sent]] of Object.entries(refusals)) {
  asked = what;
  const init = Array.isArray(sent) ? { body: form(sent), headers: { ...bearer, ...preflight } } : sent;
  const answer = await post(init);
  assert.deepEqual([answer.status, answer.errors?.[0].extensions.code], [status, code], `${what}: ${JSON.stringify(answer)}`);
  assert.match(answer.type, /^application\/(graphql-response\+)?json/, what);
}
assert.equal(await countOfImports(), before, 'what is refused starts nothing');

// And what is one, whichever client's header says that it asked first.
const names = ['GraphQL-Preflight', 'Apollo-Require-Preflight', 'X-Requested-With', 'X-Apollo-Operation-Name'];
for (const name of (asked = names)) {
  const { data, errors } = await post({ body: whole, headers: { ...bearer, [name]: 'true' } });
  assert.equal(errors, undefined, JSON.stringify(errors));
  assert.deepEqual(data.startImport.import, { ...data.startImport.import, bytes: 6, fileName: 'names "ü".csv' });
  assert.equal(data.other.import.bytes, null, 'a file that is not sent is none');
}
// One file for two variables.
const twice = mapped({ 0: ['variables.input.file', 'variables.other'] });
const { data } = await post({ body: form(twice), headers: { ...bearer, ...preflight } });
assert.deepEqual([data.startImport.import.bytes, data.other.import.bytes], [6, 6]);
console.log(`multipart: ${Object.keys(refusals).length} refusals, ${names.length + 1} requests`);
