import { describe, expect, it } from 'vitest';
import { sizeText, textOf } from './preview.ts';

describe('files', () => {
  it('have a size as people say it', () => {
    const said = [0, 999, 1000, 1234, 12_345, 999_400, 999_600, 52_428_800, 3_000_000_000_000].map(sizeText);
    expect(said).toEqual(['0 B', '999 B', '1.0 kB', '1.2 kB', '12 kB', '999 kB', '1.0 MB', '52 MB', '3000 GB']);
  });

  it('are read as the text they are, new or old', () => {
    expect(textOf(new TextEncoder().encode('客户').buffer as ArrayBuffer)).toBe('客户');
    expect(textOf(new Uint8Array([0xbf, 0xcd, 0xbb, 0xa7]).buffer)).toBe('客户');
  });
});
