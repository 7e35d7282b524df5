// What the first look around shows: only what is there for this person on this device.
export interface Facts { phone: boolean; lists: number; creates: boolean; administers: boolean }

/** A step: which text, and what it points at; nothing for a step in the middle of the screen. */
export interface Step { name: 'start' | 'work' | 'search' | 'nav' | 'create' | 'bell' | 'admin' | 'account'; at?: string }

export function tourSteps({ phone, lists, creates, administers }: Facts): Step[] {
  const steps: (Step | false)[] = [
    { name: 'start' },
    lists > 0 && { name: 'work', at: '.home-grid > *' },
    { name: 'search', at: '.topbar-search' },
    { name: 'nav', at: phone ? '.bottombar' : '.sider-scroll' },
    creates && !phone && { name: 'create', at: '.topbar-create' },
    { name: 'bell', at: '.topbar-bell' },
    administers && !phone && { name: 'admin', at: '.sider-admin' },
    { name: 'account', at: '.topbar-user' },
  ];
  return steps.filter((step): step is Step => step !== false);
}
