// Definition files, the draft and what it would change: requests and their answers.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { call } from '@/shared/api/http.ts';

export interface FileList { files: string[]; draft: string[] }
export interface File { path: string; text: string | null; draft: string | null }
export interface Mistake { file: string; line: number; column: number; code: string; message: string }
export interface Refused { change: string; reason: string; remedy: string }
export interface Diff { base: number; changes: string[]; refusals: Refused[]; problems: Mistake[] }
export interface Version { version: number; at: string; by: string; note: string }
export interface Versions { current: number; versions: Version[] }

const KEY = ['admin', 'definitions'];

export const useFiles = (enabled = true) => useQuery({ queryKey: [...KEY, 'files'], queryFn: () => call<FileList>('definitions/files'), enabled });
export const useVersions = () => useQuery({ queryKey: [...KEY, 'versions'], queryFn: () => call<Versions>('definitions') });
export const useDiff = () => useQuery({ queryKey: [...KEY, 'diff'], queryFn: () => call<Diff>('definitions/diff') });

export const loadFile = (path: string) => call<File>('definitions/files', { query: { path } });

export function useFile(path: string | undefined) {
  return useQuery({ queryKey: [...KEY, 'file', path], queryFn: () => loadFile(path ?? ''), enabled: !!path });
}

/** The texts of all files whose path has `part`, as they would be with the draft. */
export function useTexts(part: string, enabled = true) {
  return useQuery({
    queryKey: [...KEY, 'texts', part],
    queryFn: async () => (await call<{ texts: Record<string, string> }>('definitions/files', { query: { part } })).texts,
    staleTime: 60_000,
    enabled,
  });
}

const address = (path: string) => `definitions/draft/${path.split('/').map(encodeURIComponent).join('/')}`;

export const saveDraft = (path: string, text: string | null) => call<void>(address(path), { method: 'PUT', body: { text } });
export const discardDraft = (path: string) => call<void>(address(path), { method: 'DELETE' });

/** Reads files, draft and difference again after a change. */
export function useReread(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    await queries.invalidateQueries({ queryKey: KEY });
  }, [queries]);
}

/** Everything that another version of the definitions changes. */
export function useRereadAll(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    await queries.invalidateQueries();
  }, [queries]);
}

/** The path a mistake is told at, as this part of the program names files. */
export const pathOf = (mistake: Mistake) => mistake.file.replace(/^packs\//, '');

/** A mistake's sentence without the place before it. */
export const sentenceOf = (mistake: Mistake) => mistake.message.replace(/^\S+?\.toml(:\d+)*:\s*/, '');

export function packsOf(files: FileList | undefined): string[] {
  const all = [...(files?.files ?? []), ...(files?.draft ?? [])];
  return [...new Set(all.map((path) => path.split('/')[0] ?? ''))].sort();
}
