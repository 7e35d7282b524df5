// What a refused or failed request becomes: one error type with the server's stable code.

export interface Violation {
  field: string;
  code: string;
  params?: Record<string, unknown>;
  message: string;
}

/** A record as the server shows it to this caller. */
export interface ProblemBody {
  title?: string;
  detail?: string;
  status?: number;
  code?: string;
  violations?: Violation[];
  trace?: string;
  [member: string]: unknown;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly violations: Violation[];
  readonly trace: string | undefined;
  readonly retryAfter: number | undefined;
  readonly body: ProblemBody;

  constructor(status: number, body: ProblemBody, retryAfter?: number) {
    super(body.detail ?? body.title ?? body.code ?? String(status));
    this.name = 'Problem';
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.violations = body.violations ?? [];
    this.trace = body.trace;
    this.retryAfter = retryAfter;
    this.body = body;
  }
}

/** The server could not be reached: nothing was decided. */
export const NETWORK = 'network';

export function isProblem(error: unknown, ...codes: string[]): error is Problem {
  return error instanceof Problem && (codes.length === 0 || codes.includes(error.code));
}

/** Whether the same request may succeed in a moment. */
export function isTransient(error: unknown): boolean {
  return isProblem(error, NETWORK, 'busy', 'timeout', 'unavailable', 'stopping', 'rate');
}
