import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import S3rver from 's3rver';

// s3rver in a process of its own, with what it lacks: AbortMultipartUpload, ListMultipartUploads, the refusals of others, and that whoever
// reads an object while it is replaced gets the old one or the new one.
// Its parent chooses by messages what becomes of uploads: 'take', 'hold', 'refuse', 'full', or 'refuse the end' of those in
// parts. It is told of each upload, part and deletion.
const [directory, bucket] = process.argv.slice(2);
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket }],
});
const { store } = server;
const uploads = store.getResourcePath(bucket, undefined, 'uploads');

const turns = new Map();
const inTurn = (bucket, key, run) => {
  const object = `${bucket}/${key}`;
  const turn = (turns.get(object) ?? Promise.resolve()).then(run, run);
  turns.set(object, turn);
  return turn;
};
const getObject = store.getObject.bind(store);
store.getObject = (bucket, key, options) => inTurn(bucket, key, () => getObject(bucket, key, options));
store.putObject = ({ bucket, key, content, metadata }) =>
  inTurn(bucket, key, async () => {
    const bytes = Buffer.isBuffer(content) ? content : await buffer(content);
    const path = store.getResourcePath(bucket, key, 'object');
    const part = `${directory}-${randomUUID()}`;
    await writeFile(part, bytes);
    await mkdir(dirname(path), { recursive: true });
    await rename(part, path);
    const md5 = createHash('md5').update(bytes).digest('hex');
    await store.putMetadata(bucket, key, metadata, md5);
    return { size: bytes.length, md5 };
  });

let mode = 'take';
const held = [];
process.on('message', (message) => {
  mode = message;
  if (mode !== 'hold') for (const go of held.splice(0)) go();
  process.send(`mode ${mode}`);
});
process.on('disconnect', () => process.exit());

const refuse = (ctx, status, code) => {
  ctx.status = status;
  ctx.type = 'application/xml';
  ctx.body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>refused</Message></Error>`;
};

server.middleware.unshift(async (ctx, next) => {
  const { method, query } = ctx;
  if (method === 'POST' && 'delete' in query) {
    process.send('delete');
    if (ctx.get('content-md5') === '') return refuse(ctx, 400, 'InvalidRequest');
  }
  if (method === 'PUT') {
    process.send('uploadId' in query ? 'part' : 'put');
    if (ctx.get('x-amz-checksum-crc32') || ctx.get('x-amz-trailer'))
      return refuse(ctx, 400, 'InvalidRequest');
    if (mode === 'hold') await new Promise((resolve) => held.push(resolve));
    if (mode === 'refuse') return refuse(ctx, 403, 'AccessDenied');
    if (mode === 'full') return refuse(ctx, 507, 'XMinioStorageFull');
  }
  if (method === 'DELETE' && 'uploadId' in query) {
    await rm(join(uploads, query.uploadId), { recursive: true });
    ctx.status = 204;
    return;
  }
  if (method === 'GET' && 'uploads' in query) {
    let ids = [];
    try {
      ids = readdirSync(uploads);
    } catch {}
    const items = ids.map((id) => {
      const key = readFileSync(join(uploads, id, 'key'), 'utf8');
      return `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`;
    });
    ctx.type = 'application/xml';
    ctx.body = `<ListMultipartUploadsResult>${items.join('')}</ListMultipartUploadsResult>`;
    return;
  }
  if (method === 'POST' && mode === 'refuse the end' && 'uploadId' in query)
    return refuse(ctx, 400, 'InvalidPart');
  await next();
});

const { port } = await server.run();
process.send(`http://127.0.0.1:${port}`);
