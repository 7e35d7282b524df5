// Whether an element has come near the visible part of the page; stays true from then on.
import { useEffect, useRef, useState, type RefObject } from 'react';

export function useInSight<E extends Element>(): [RefObject<E | null>, boolean] {
  const box = useRef<E>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !box.current) return undefined;
    const watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true), { rootMargin: '200px' });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [seen]);
  return [box, seen];
}
