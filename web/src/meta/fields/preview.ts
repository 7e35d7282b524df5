// What the server says of a file that a field holds or held.
export interface FileVersion {
  version: number;
  current: boolean;
  name: string;
  media_type: string;
  /** How it can be shown, by its content. */
  preview: 'image' | 'pdf' | 'text' | 'audio' | 'video' | 'none';
  size: number;
  scan: 'clean' | 'infected' | 'not_scanned';
  attached_at: string;
}

export interface FileVersions {
  /** Newest first. */
  versions: FileVersion[];
  /** What keeps the record; a rule without a day has no end in sight. */
  kept?: { label: string; until?: string };
}

const UNITS = ['B', 'kB', 'MB', 'GB'];

/** A size as people say it: three digits at most. */
export function sizeText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** UTF-8, or what Chinese systems wrote before it. */
export function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}
