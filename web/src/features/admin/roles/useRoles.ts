// Roles in the language of the screen.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import type { RoleInfo } from './model.ts';

export function useRoles() {
  const { i18n } = useTranslation();
  return useQuery({ queryKey: ['admin', 'roles', i18n.language], queryFn: () => call<{ roles: RoleInfo[] }>('roles'), staleTime: 60_000 });
}
