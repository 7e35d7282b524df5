// Who is signed in. A store outside React, because requests tell it when a session has ended.
import { useSyncExternalStore } from 'react';
import { ahead } from './ahead.ts';
import { dropOthers } from './drafts.ts';
import { call, shared } from './http.ts';
import { isProblem } from './problem.ts';
import type { Session } from './types.ts';

/** `expired` keeps the app mounted behind the sign-in, so that nothing typed is lost. */
export type Phase = 'unknown' | 'out' | 'halfway' | 'in' | 'expired';

export interface SessionState { phase: Phase; session: Session | null }

let state: SessionState = { phase: 'unknown', session: null };
const listeners = new Set<() => void>();

function set(next: SessionState) {
  state = next;
  shared.csrf = next.session?.csrf ?? null;
  listeners.forEach((listener) => listener());
}

shared.onExpired = (code) => {
  if (state.phase === 'in') set({ phase: 'expired', session: state.session });
  else if (code === 'unauthenticated' && state.phase !== 'expired') set({ phase: 'out', session: null });
};

export function useSession(): SessionState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

function enter(session: Session): void {
  dropOthers(session.user);
  const other = state.phase === 'expired' && state.session?.user !== session.user;
  if (other && !session.must) {
    // Another person must not meet what the last one left on the screen.
    location.assign(document.baseURI);
    return;
  }
  set({ phase: session.must ? 'halfway' : 'in', session });
}

/** Takes up the session of the cookie, if there is one. */
export async function restore(): Promise<void> {
  try {
    enter(await ahead<Session>('session'));
  } catch (error) {
    if (!isProblem(error, 'unauthenticated')) throw error;
    set({ phase: 'out', session: null });
  }
}

export async function signIn(login: string, password: string, code?: string): Promise<void> {
  const body = code ? { login, password, code } : { login, password };
  enter(await call<Session>('session', { method: 'POST', body }));
}

/** After a password change or a new second factor: the session may be whole now. */
export async function proceed(): Promise<void> {
  enter(await call<Session>('session'));
}

export async function signOut(): Promise<void> {
  try {
    await call('session', { method: 'DELETE' });
  } finally {
    sessionStorage.clear();
    location.assign(document.baseURI);
  }
}

/** Ends the session on the screen at once; the server's end follows. */
export async function leaveIdle(): Promise<void> {
  if (state.phase !== 'in') return;
  set({ phase: 'expired', session: state.session });
  await call('session', { method: 'DELETE' }).catch(() => undefined);
}
