// Fails the build when what it wrote cannot run: a placeholder of the bundler left in a file, or a
// packed copy that differs from its original.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

export function checkDist(): Plugin {
  let folder = 'dist';
  let written = false;
  return {
    name: 'jinyao:check-dist',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir, 'assets');
    },
    writeBundle() {
      written = true;
    },
    async closeBundle(error?: Error) {
      if (error || !written) return;
      const names = await readdir(folder);
      for (const name of names.filter((name) => /\.(br|gz)$/.test(name))) {
        const packed = await readFile(join(folder, name));
        const plain = await readFile(join(folder, name.replace(/\.(br|gz)$/, '')));
        const opened = name.endsWith('.br') ? brotliDecompressSync(packed) : gunzipSync(packed);
        if (!opened.equals(plain)) throw new Error(`${name} is not what it was packed from`);
      }
      for (const name of names.filter((name) => name.endsWith('.js'))) {
        const text = await readFile(join(folder, name), 'utf8');
        if (text.includes('__VITE_PRELOAD__')) throw new Error(`${name} was left unfinished by the bundler`);
      }
    },
  };
}
