// Products for the journeys: demo records made once, a copy of them for each worker and for each file
// that wants one to itself, a free port. They end with the journeys.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext { made: string; bases: string[] }
}

const CUSTOMERS = '300';
const READY_SECONDS = 120;

function binary(): string {
  const path = process.env.JINYAO_BIN;
  if (!path) throw new Error('JINYAO_BIN names the binary');
  return path;
}

function fresh(): string {
  return mkdtempSync(join(tmpdir(), 'jinyao-journeys-'));
}

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

/** An installation in a folder of its own, served until it is stopped; its address stays the same. */
export class Product {
  private server: ChildProcess | null = null;

  private constructor(private readonly binary: string, private readonly folder: string, private readonly port: number) {}

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A product on a copy of the demo records; it does not serve yet. */
  static async copy(made = inject('made')): Promise<Product> {
    const folder = fresh();
    cpSync(made, folder, { recursive: true });
    return new Product(binary(), folder, await freePort());
  }

  async start(): Promise<void> {
    this.server = spawn(this.binary, ['serve', '--plain-http', '--listen', `127.0.0.1:${this.port}`], {
      cwd: this.folder, stdio: 'ignore', env: { ...process.env, JINYAO_DATA: join(this.folder, 'data') },
    });
    await ready(this.base, this.server);
  }

  /** Ends at once, as a machine that loses power does. */
  async kill(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((done) => server.once('exit', done));
    server.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The product of the worker that asks: its files come one after another. */
export function served(): string {
  const base = inject('bases')[Number(process.env.VITEST_POOL_ID) - 1];
  if (!base) throw new Error(`no product for worker ${process.env.VITEST_POOL_ID}`);
  return base;
}

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const made = fresh();
  run(binary(), ['pack', 'install'], made);
  run(binary(), ['demo', '--customers', CUSTOMERS], made);
  project.provide('made', made);
  const products = await Promise.all(Array.from({ length: project.config.maxWorkers }, () => Product.copy(made)));
  await Promise.all(products.map((product) => product.start()));
  project.provide('bases', products.map(({ base }) => base));
  return async () => {
    for (const product of products) await product.remove();
    rmSync(made, { recursive: true, force: true });
  };
}
