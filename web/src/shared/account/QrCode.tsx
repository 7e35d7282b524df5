// A text as a picture that a phone reads.
import { useMemo } from 'react';
import codeOf from 'qrcode-generator';

/** Modules of white around the picture, as readers expect them. */
const MARGIN = 4;

export default function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const code = codeOf(0, 'M');
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    const dark: string[] = [];
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        if (code.isDark(row, column)) dark.push(`M${column + MARGIN} ${row + MARGIN}h1v1h-1z`);
      }
    }
    return { size: count + 2 * MARGIN, path: dark.join('') };
  }, [text]);
  return <svg className="plain-qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges"><path d={path} fill="#000" /></svg>;
}
