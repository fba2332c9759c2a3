// What the clients of export jobs share: the operations, a line that can be cut, a record of what was seen, and the checks
// of a finished file. No client by itself.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';

const JOB = `id status rowsDone rowsTotal percent queuePosition bytes fileName sha256 downloads downloadUrl
  error { code message }`;
export const START = `mutation Start($input: StartExportInput!) {
  startExport(input: $input) { exportJob { ${JOB} } userErrors { code message } }
}`;
export const PROGRESS = `subscription Progress($id: ID!) { exportJobProgress(id: $id) { ${JOB} } }`;
export const STATE = `query State($id: ID!) { exportJob(id: $id) { ${JOB} } }`;

/** Ends the process when it has not ended by itself. */
export function endWithin(seconds, seen) {
  const end = () => {
    console.error(`not done after ${seconds} s; seen so far:`, seen());
    process.exit(1);
  };
  setTimeout(end, seconds * 1000).unref();
}

/** A way to the server of its own, which can be cut: what goes through it breaks off, and can be begun again. */
export async function severable(base) {
  const { hostname, port } = new URL(base);
  const ends = new Set();
  let opened = 0;
  const proxy = createServer((near) => {
    opened += 1;
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      ends.add(one);
      one.pipe(other);
      one.on('error', () => {});
      one.on('close', () => {
        ends.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise((listening) => proxy.listen(0, '127.0.0.1', listening));
  return {
    base: `http://127.0.0.1:${proxy.address().port}`,
    opened: () => opened,
    sever: () => ends.forEach((end) => end.resetAndDestroy()),
    close: () => {
      proxy.close();
      ends.forEach((end) => end.destroy());
    },
  };
}

/** The states of one job as a subscription tells them: in order, and none after the last. */
export class Sightings {
  seen = [];
  #failure;
  #isOver = false;
  #changed = () => {};

  next(job) {
    const last = this.seen.at(-1);
    this.seen.push(job);
    if (last && job.rowsDone < last.rowsDone) this.fail(`rows went back from ${last.rowsDone} to ${job.rowsDone}`);
    if (last && isFinal(last)) this.fail(`${job.status} came after ${last.status}`);
    this.#changed();
  }

  fail(reason) {
    this.#failure ??= reason instanceof Error ? reason : new Error(String(reason));
    this.#changed();
  }

  complete() {
    this.#isOver = true;
    this.#changed();
  }

  /** The first state from the `from`th on that `is` holds of. */
  until(is, from = 0) {
    return this.#wait(() => this.seen.slice(from).find(is));
  }

  /** The last state, when the subscription is complete. */
  async end() {
    const last = await this.#wait(() => this.#isOver && this.seen.at(-1));
    assert(isFinal(last), `complete after ${last.status}`);
    return last;
  }

  async #wait(found) {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const state = found();
      if (state) return state;
      assert(!this.#isOver, `complete, and not seen in ${JSON.stringify(this.seen)}`);
      await new Promise((changed) => (this.#changed = changed));
    }
  }
}

const isFinal = (job) => !['PENDING', 'PROCESSING'].includes(job.status);
export const isHalfWay = (job) => job.status === 'PROCESSING' && job.rowsDone > 0 && job.rowsDone < job.rowsTotal;

/** Downloads the file of a job by its link alone, and compares it with what the job says and with the same file streamed. */
export async function checkFile(base, token, job, path) {
  assert.equal(job.status, 'COMPLETED', JSON.stringify(job));
  assert.equal(new URL(job.downloadUrl).origin, new URL(base).origin);
  const response = await fetch(job.downloadUrl);
  assert.equal(response.status, 200);
  const file = Buffer.from(await response.arrayBuffer());
  assert.equal(createHash('sha256').update(file).digest('hex'), job.sha256);
  assert.equal(file.length, job.bytes);
  assert.equal(response.headers.get('content-length'), String(job.bytes));
  assert.match(response.headers.get('content-disposition'), new RegExp(`filename="${job.fileName}"`));
  const digest = Buffer.from(job.sha256, 'hex').toString('base64');
  assert.equal(response.headers.get('repr-digest'), `sha-256=:${digest}:`);

  const streamed = await fetch(new URL(path, base), { headers: { authorization: `Bearer ${token}` } });
  assert.equal(streamed.status, 200);
  const other = Buffer.from(await streamed.arrayBuffer());
  if (job.fileName.endsWith('.xlsx')) assert.deepEqual(parts(file), parts(other));
  else assert(file.equals(other), `${job.fileName} is not what ${path} gives`);
  return file;
}

/** Breaks a download off and goes on from there, as `curl -C -` does. */
export async function checkResume(job, file) {
  const broken = await fetch(job.downloadUrl);
  const reader = broken.body.getReader();
  const pieces = [];
  let length = 0;
  while (length < file.length / 3) {
    const { done, value } = await reader.read();
    assert(!done, 'the file ended early');
    pieces.push(value);
    length += value.length;
  }
  await reader.cancel();
  assert(length < file.length, 'there is nothing left to resume');

  const headers = { range: `bytes=${length}-`, 'if-range': broken.headers.get('etag') };
  const rest = await fetch(job.downloadUrl, { headers });
  assert.equal(rest.status, 206);
  assert.equal(rest.headers.get('content-range'), `bytes ${length}-${file.length - 1}/${file.length}`);
  pieces.push(Buffer.from(await rest.arrayBuffer()));
  assert(file.equals(Buffer.concat(pieces)), 'the resumed file is another');
  // What `curl -C -` asks for when it has everything.
  const beyond = await fetch(job.downloadUrl, { headers: { range: `bytes=${file.length}-` } });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get('content-range'), `bytes */${file.length}`);
}

/** The parts of a workbook, by their checksums; without the one that says when it was made. */
function parts(zip) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  assert(end >= 0, 'not a workbook');
  const found = {};
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(zip.readUInt32LE(at), 0x02014b50);
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    found[zip.toString('utf8', at + 46, at + 46 + name)] = zip.readUInt32LE(at + 16);
    at += 46 + name + extra + comment;
  }
  delete found['docProps/core.xml'];
  assert(Object.keys(found).length > 3, 'not a workbook');
  return found;
}
