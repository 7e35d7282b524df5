// What every journey does: a browser of one device, no complaints, a picture when it fails.
import type { Browser } from 'playwright-core';
import { expect } from 'vitest';
import { type Device, failed, type Visit, visit } from './browser.ts';

export async function walk(browser: Browser, base: string, device: Device, work: (visit: Visit) => Promise<void>): Promise<void> {
  const at = await visit(browser, base, device);
  try {
    await work(at);
    expect(at.complaints).toEqual([]);
  } catch (error) {
    await failed(at);
    throw error;
  } finally {
    await at.close();
  }
}
