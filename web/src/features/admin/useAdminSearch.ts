// What an administration page keeps in the address.
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { type AdminSearch, readAdminSearch } from './search.ts';

export function useAdminSearch(): [AdminSearch, (change: AdminSearch) => void] {
  const { page } = useParams({ from: '/app/admin/$page' });
  const search = useSearch({ from: '/app/admin/$page' });
  const navigate = useNavigate();
  const set = useCallback(
    (change: AdminSearch) => void navigate({ to: '/app/admin/$page', params: { page }, search: readAdminSearch({ ...search, ...change }), replace: true }),
    [navigate, page, search],
  );
  return [search, set];
}
