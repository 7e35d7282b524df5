// Writes that outlive a server restarting under them or a bad line: the same request again for a
// few seconds. Only for requests that may be repeated, by their key or the version they are based on.
import { call, type Request } from './http.ts';
import { isProblem, isTransient } from './problem.ts';

type Repeatable = Request & ({ key: string } | { version: number });

/** Pauses before each further attempt, in milliseconds. */
const PAUSES = [800, 1600, 3200];
const LONGEST = 5000;

export async function persist<T>(path: string, request: Repeatable): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await call<T>(path, request);
    } catch (error) {
      if (!isTransient(error)) throw error;
      const asked = isProblem(error) ? (error.retryAfter ?? 0) * 1000 : 0;
      if (asked > LONGEST) throw error;
      await new Promise((done) => setTimeout(done, Math.max(pause, asked)));
    }
  }
  return call<T>(path, request);
}

/** A key by which the server knows a repeated request; made also where the page is not served over TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
