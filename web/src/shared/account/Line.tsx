// One labelled input of the forms about one's account, and the sentence under a form that was refused.
// Without the component library: signing in needs them before it is there.
import { type InputHTMLAttributes, type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import './account.css';

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  problem?: string;
  secret?: boolean;
}

export function Line({ label, onChange, problem, secret, ...input }: Props) {
  const { t } = useTranslation('login');
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <div className="plain-line">
      <label htmlFor={id}>{label}</label>
      <div className="plain-input">
        <input
          {...input}
          id={id}
          type={secret && !shown ? 'password' : 'text'}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
        />
        {secret && (
          <button type="button" aria-label={shown ? t('hide') : t('show')} onClick={() => setShown(!shown)}>
            <Eye open={shown} />
          </button>
        )}
      </div>
      {problem && <p className="plain-problem" id={`${id}-problem`}>{problem}</p>}
    </div>
  );
}

export function Refused({ children }: { children: ReactNode }) {
  return <div className="plain-refused" role="alert">{children}</div>;
}

function Eye({ open }: { open: boolean }) {
  return (
    <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" aria-hidden="true">
      <path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12z" />
      <circle cx="12" cy="12" r="2.8" />
      {!open && <path d="M4 20 20 4" />}
    </svg>
  );
}
