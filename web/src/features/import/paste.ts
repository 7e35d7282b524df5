// Rows copied from a spreadsheet: read as people copy them, written as the file an import takes. Pure.

export const MOST_ROWS = 2000;
export const MOST_COLUMNS = 200;

/** Cells of tab-separated text; a cell in quotes may hold tabs, line ends and doubled quotes. */
export function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = () => {
    row.push(cell);
    cell = '';
  };
  const endRow = () => {
    endCell();
    rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (letter === '"' && cell === '') quoted = true;
    else if (letter === '\t') endCell();
    else if (letter === '\n') endRow();
    else if (letter !== '\r') cell += letter;
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows.map((one) => one.map((value) => value.trim())).filter((one) => one.some((value) => value !== ''));
}

/** Whether text that was pasted outside of a field looks like rows of a table. */
export function looksLikeRows(text: string): boolean {
  return text.includes('\t') && cellsOf(text.slice(0, 20_000)).some((row) => row.length > 1);
}

/** Whether the first row names columns: at least half of its cells are known labels. */
export function namesColumns(row: string[], labels: string[]): boolean {
  const known = new Set(labels.map((label) => label.toLowerCase()));
  const named = row.filter((cell) => known.has(cell.toLowerCase())).length;
  return named > 0 && named * 2 >= row.filter((cell) => cell !== '').length;
}

export interface Pasted { header: string[]; rows: string[][] }

/** Rows under names: their own first row, or the labels that stand in the list, in its order. */
export function pastedOf(cells: string[][], first: boolean, labels: string[], unnamed: (at: number) => string): Pasted {
  const width = Math.max(0, ...cells.map((row) => row.length));
  const given = first ? (cells[0] ?? []) : labels;
  const header = Array.from({ length: width }, (_, at) => given[at] || unnamed(at + 1));
  const rows = first ? cells.slice(1) : cells;
  return { header, rows: rows.map((row) => Array.from({ length: width }, (_, at) => row[at] ?? '')) };
}

const quote = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export function csvOf({ header, rows }: Pasted): string {
  return [header, ...rows].map((row) => row.map(quote).join(',')).join('\r\n');
}
