// GraphiQL in a real browser: opens the page with a token in the link, runs the
// query it starts with, starts an export, watches it, and follows the link to
// its file; makes a monthly schedule, and follows the run that it starts.
//
//   node tests/clients/graphiql.mjs http://127.0.0.1:8080 sb_… [screenshot.png]
//
// Needs `playwright-core` (beside this file or on NODE_PATH) and a Chromium,
// `/usr/bin/chromium` unless CHROMIUM says otherwise. Exits non-zero on failure.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

// `require`, because `import` does not look at NODE_PATH.
const { chromium } = createRequire(import.meta.url)('playwright-core');

const [base, token, screenshot] = process.argv.slice(2);
assert(base && token, 'usage: graphiql.mjs <base url> <token> [screenshot.png]');
const origin = new URL(base).origin;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });

  // A refused script or style shows up here as well: Chromium logs it as an error.
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) complaints.push(`request to ${url.origin}`);
    if (url.search.includes(token)) complaints.push('the token was sent in an address');
  });

  const opened = await page.goto(`${origin}/graphql#token=${encodeURIComponent(token)}`);
  assert.equal(opened.status(), 200);
  await page.locator('.graphiql-execute-button').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the token is still in the address bar');

  await page.locator('.graphiql-execute-button').click();
  const answer = page.locator('.result-window');
  await answer.getByText('"email"').waitFor({ timeout: 15_000 }).catch(() => {});
  const text = await answer.innerText();
  assert.match(text, /"email": "[^"]+@[^"]+"/, `no viewer in the answer:\n${text}`);

  /** Runs an operation, and gives the answer when it shows what is awaited. */
  async function run(operation, awaited) {
    // The editor closes what is opened, so it is put in at once, and not key by key.
    await page.locator('.graphiql-query-editor .CodeMirror').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(operation);
    // GraphiQL reads a changed query when its editor has been still for a moment, and only then knows its kind.
    await page.waitForTimeout(1000);
    await page.locator('.graphiql-execute-button').click();
    await answer.getByText(awaited).first().waitFor({ timeout: 30_000 }).catch(() => {});
    const shown = await answer.innerText();
    assert(shown.includes(awaited), `no ${awaited} in the answer:\n${shown}`);
    return shown;
  }

  const started = await run(
    'mutation { startExport(input: {export: {kind: SELLERS, format: XLSX}}) { exportJob { id } } }',
    'export_',
  );
  const [id] = started.match(/export_[0-9a-f]{32}/);
  const ended = await run(
    `subscription { exportJobProgress(id: "${id}") { status percent downloadUrl } }`,
    'COMPLETED',
  );
  const [link] = ended.match(/http[^"\s]*/) ?? assert.fail(`no link in the answer:\n${ended}`);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.evaluate((address) => location.assign(address), link),
  ]);
  assert.match(file.suggestedFilename(), /^sellers_.*\.xlsx$/);
  assert.equal(await file.failure(), null);

  const scheduled = await run(
    `mutation { createSchedule(input: {name: "By the month", presetId: "preset_00000000000080008000000000000001",
      timeZone: "America/New_York"}) { schedule { id nextFireTimes } } }`,
    'nextFireTimes',
  );
  const [schedule] = scheduled.match(/schedule_[0-9a-f]{32}/);
  const times = scheduled.match(/\d{4}-\d\d-01T0[45]:00:00Z/g);
  assert.equal(times?.length, 5, `not the first of five months:\n${scheduled}`);
  const fired = await run(
    `mutation { triggerSchedule(input: {id: "${schedule}"}) { fire { outcome run { id } } } }`,
    'STARTED',
  );
  const [begun] = fired.match(/run_[0-9a-f]{32}/);
  await run(
    `subscription { collectionRunProgress(id: "${begun}") { status schedule { name } progress { percent } } }`,
    'By the month',
  );
  // What still goes on is stopped by the button that started it.
  await page.locator('.graphiql-execute-button').click();
  await run(`mutation { cancelCollectionRun(input: {id: "${begun}"}) { collectionRun { status } } }`, 'status');

  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert(!stored.includes(token), `the token was kept in the browser's storage:\n${stored}`);
  if (screenshot) await page.screenshot({ path: screenshot });
  assert.deepEqual(complaints, []);
  console.log('graphiql: ok');
} finally {
  await browser.close();
}
