// Writes a brotli and a gzip copy beside every text asset, so that the server compresses nothing
// while it serves. Works on the files as they were written: earlier their code is not final.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(js|css|svg|json|webmanifest)$/;
const LEAST = 1024;

export function compress(): Plugin {
  return {
    name: 'jinyao:compress',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler(options, bundle) {
        const folder = options.dir ?? 'dist';
        const files = Object.keys(bundle).filter((file) => TEXT.test(file));
        await Promise.all(files.map((file) => pack(join(folder, file))));
      },
    },
  };
}

async function pack(path: string): Promise<void> {
  const source = await readFile(path);
  if (source.byteLength < LEAST) return;
  const br = await promisify(brotliCompress)(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  await Promise.all([
    writeFile(`${path}.br`, br),
    writeFile(`${path}.gz`, await promisify(gzip)(source, { level: 9 })),
  ]);
}
