// The judgement of a form while it is typed. The interpreter loads with the first form that has
// something to judge; until then, and without it, the server alone speaks.
import { useEffect, useMemo, useState } from 'react';
import { useMe } from '@/meta/definitions.ts';
import { today } from '@/meta/fields/moment.ts';
import type { Json, ObjectDef } from '@/shared/api/types.ts';
import type { Form, Judgement } from './judge.ts';

type Judge = typeof import('./judge.ts');

const NOTHING: Judgement = { violations: [], computed: {}, required: new Set() };

interface Typed { object: ObjectDef; stored: Record<string, Json> | null; masked: readonly string[]; typed: Record<string, Json>; open: boolean }

export interface Judged extends Judgement { defaults: Record<string, Json> }

export function useJudgement({ object, stored, masked, typed, open }: Typed): Judged {
  const [module, setModule] = useState<Judge | null>(null);
  const me = useMe();
  const wanted = open && !!object.form;
  useEffect(() => {
    if (!wanted || module) return undefined;
    let here = true;
    void import('./judge.ts').then((loaded) => here && setModule(loaded), () => undefined);
    return () => {
      here = false;
    };
  }, [wanted, module]);
  return useMemo(() => {
    if (!module || !wanted) return { ...NOTHING, defaults: {} };
    const form: Form = { object, stored, masked, typed, me: me?.user ?? null, units: me?.units ?? null, today: today(), now: new Date().toISOString() };
    return { ...module.judge(form), defaults: stored ? {} : module.defaults(form) };
  }, [module, wanted, object, stored, masked, typed, me]);
}
