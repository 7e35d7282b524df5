// A product of its own for the journeys: fresh data, demo records, a free port. Ends with them.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext { base: string }
}

const CUSTOMERS = '300';
const READY_SECONDS = 120;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (!address || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function run(binary: string, args: string[], folder: string): void {
  const ran = spawnSync(binary, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, JINYAO_DATA: join(folder, 'data') } });
  if (ran.status !== 0) throw new Error(`jinyao ${args.join(' ')}: ${ran.stderr}`);
}

async function ready(base: string, server: ChildProcess): Promise<void> {
  for (let second = 0; second < READY_SECONDS * 4; second += 1) {
    if (server.exitCode !== null) throw new Error('the server ended before it was ready');
    const answer = await fetch(`${base}/ready`).catch(() => null);
    if (answer?.ok) return;
    await wait(250);
  }
  throw new Error('the server did not become ready');
}

export default async function start(project: TestProject): Promise<() => void> {
  if (process.env.JINYAO_URL) {
    project.provide('base', process.env.JINYAO_URL);
    return () => undefined;
  }
  const binary = process.env.JINYAO_BIN;
  if (!binary) throw new Error('JINYAO_BIN names the binary, or JINYAO_URL a running product');
  const folder = mkdtempSync(join(tmpdir(), 'jinyao-journeys-'));
  run(binary, ['pack', 'install'], folder);
  run(binary, ['demo', '--customers', CUSTOMERS], folder);
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const server = spawn(binary, ['serve', '--plain-http', '--listen', `127.0.0.1:${port}`], {
    cwd: folder, stdio: 'ignore', env: { ...process.env, JINYAO_DATA: join(folder, 'data') },
  });
  await ready(base, server);
  project.provide('base', base);
  return () => {
    server.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
}
