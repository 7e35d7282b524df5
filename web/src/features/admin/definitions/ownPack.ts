// The institution's own pack, made when the first definition of its own is written.
import { quoted } from './edits.ts';

export interface FileText { path: string; text: string }

/** The head of a pack that is not there yet; nothing when it is. */
export function newPack(pack: string, packs: string[]): FileText | undefined {
  if (packs.includes(pack)) return undefined;
  const others = packs.map(quoted).join(', ');
  return { path: `${pack}/pack.toml`, text: `name = ${quoted(pack)}\nversion = "0.1.0"\nlabel = { zh = "本机构定义", en = "Definitions of our own" }\nrequires = [${others}]\n` };
}
