import { describe, expect, it } from 'vitest';
import { tourSteps } from './steps.ts';

const names = (facts: Partial<Parameters<typeof tourSteps>[0]>) =>
  tourSteps({ phone: false, lists: 3, creates: true, administers: false, ...facts }).map((step) => step.name);

describe('the first look around', () => {
  it('shows what a role has', () => {
    expect(names({})).toEqual(['start', 'work', 'search', 'nav', 'create', 'bell', 'account']);
    expect(names({ lists: 0, creates: false, administers: true })).toEqual(['start', 'search', 'nav', 'bell', 'admin', 'account']);
  });

  it('points at nothing that a phone does not show', () => {
    expect(names({ phone: true, administers: true })).toEqual(['start', 'work', 'search', 'nav', 'bell', 'account']);
  });
});
