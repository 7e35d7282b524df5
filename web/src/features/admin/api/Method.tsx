// The method of an operation, told apart by word and colour.
export function Method({ method }: { method: string }) {
  return <b className={`method method-${method.toLowerCase()}`}>{method}</b>;
}
