// Lines where text will stand.
import './waiting.css';

export function Waiting({ rows, className = '' }: { rows: number; className?: string }) {
  return (
    <div className={`waiting ${className}`} aria-busy="true">
      {Array.from({ length: rows }, (_, row) => <span key={row} />)}
    </div>
  );
}
