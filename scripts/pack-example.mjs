// npm run pack:example: packs this project into examples/monorepo, which installs it from there.
import { execSync } from 'node:child_process';
import { renameSync } from 'node:fs';

const folder = 'examples/monorepo';
// Windows finds npm only through a shell.
const packed = execSync(`npm pack --json --pack-destination ${folder}`, {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
// The build prints to standard output first.
const [{ filename }] = JSON.parse(packed.slice(packed.search(/^\[$/m)));
renameSync(`${folder}/${filename}`, `${folder}/mirage.tgz`);
console.log(`${folder}/mirage.tgz`);
