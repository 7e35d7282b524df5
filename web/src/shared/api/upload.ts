// Sending a file with its progress, which `fetch` does not tell.
import { address, shared } from './http.ts';
import { NETWORK, Problem, type ProblemBody } from './problem.ts';

export interface Uploaded { id: string; name: string; size: number; media_type: string }

/** `onProgress` is told the part that has left, from 0 to 1. */
export function upload(file: File, onProgress: (part: number) => void, signal?: AbortSignal): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', file);
    request.open('POST', address('files'));
    request.setRequestHeader('Accept-Language', shared.language);
    if (shared.csrf) request.setRequestHeader('X-CSRF-Token', shared.csrf);
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    });
    request.addEventListener('error', () => reject(new Problem(0, { code: NETWORK })));
    request.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    request.addEventListener('load', () => {
      const body = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        resolve(body as unknown as Uploaded);
        return;
      }
      const problem = new Problem(request.status, { code: request.status >= 500 ? 'unavailable' : 'unknown', ...body });
      if (problem.code === 'unauthenticated') shared.onExpired(problem.code);
      reject(problem);
    });
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}

function parse(text: string): ProblemBody {
  try {
    return JSON.parse(text) as ProblemBody;
  } catch {
    return {};
  }
}
