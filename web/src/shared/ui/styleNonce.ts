// Some of antd's parts add style elements without the page's nonce, which the content policy
// refuses. Styles that code creates get it here; markup from elsewhere never passes this way.
export function styleNonce(nonce: string | undefined): void {
  if (!nonce) return;
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (name.toLowerCase() === 'style') element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}
