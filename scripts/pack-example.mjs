// npm run pack:example: packs this project to where examples/monorepo installs it from.
import { execSync } from 'node:child_process';
import { renameSync } from 'node:fs';

const folder = 'examples/monorepo';
// Without a shell, Windows would not find npm.
const packed = execSync(`npm pack --json --pack-destination ${folder}`, {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
// What the build says comes before.
const [{ filename }] = JSON.parse(packed.slice(packed.search(/^\[$/m)));
renameSync(`${folder}/${filename}`, `${folder}/mirage.tgz`);
console.log(`${folder}/mirage.tgz`);
