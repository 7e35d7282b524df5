// What the address of the wizard carries, so that a reload goes on where one was.
export interface ImportSearch {
  object?: string;
  /** The uploaded file and its name. */
  file?: string;
  name?: string;
  /** An earlier import whose file and plan are taken up again. */
  from?: string;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

export function readImportSearch(search: Record<string, unknown>): ImportSearch {
  return { object: text(search.object), file: text(search.file), name: text(search.name), from: text(search.from) };
}
