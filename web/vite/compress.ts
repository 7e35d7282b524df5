// Writes a brotli and a gzip copy beside every text asset, so that the server compresses nothing
// while it serves.
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(js|css|svg|json|webmanifest)$/;
const LEAST = 1024;

export function compress(): Plugin {
  return {
    name: 'jinyao:compress',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_, bundle) {
      const files = Object.values(bundle).filter((file) => TEXT.test(file.fileName));
      await Promise.all(
        files.map(async (file) => {
          const source = Buffer.from(file.type === 'chunk' ? file.code : file.source);
          if (source.byteLength < LEAST) return;
          const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };
          const br = await promisify(brotliCompress)(source, quality);
          const gz = await promisify(gzip)(source, { level: 9 });
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source: br });
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: gz });
        }),
      );
    },
  };
}
