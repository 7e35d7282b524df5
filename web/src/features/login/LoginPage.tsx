// Signing in. Plain inputs, so that the first page needs no component library.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PasswordForm } from '@/shared/account/PasswordForm.tsx';
import { TotpForm } from '@/shared/account/TotpForm.tsx';
import { proceed, signOut, useSession } from '@/shared/api/session.ts';
import { choose, language } from '@/shared/i18n/index.ts';
import { SignIn } from './SignIn.tsx';
import './login.css';

export default function LoginPage() {
  const { t } = useTranslation('login');
  const { phase, session } = useSession();
  const [password, setPassword] = useState('');
  const must = phase === 'halfway' ? session?.must : null;
  return (
    <div className="login">
      <aside className="login-brand" aria-hidden="true">
        <div className="login-mark"><Mark /><span>{t('common:product')}</span></div>
        <p>{t('common:tagline')}</p>
      </aside>
      <main className="login-main">
        <button type="button" className="login-language" onClick={() => void choose(language() === 'en' ? 'zh-CN' : 'en')}>
          {t('shell:switchTo')}
        </button>
        <div className="login-card">
          <div className="login-mark login-mark-small"><Mark /><span>{t('common:product')}</span></div>
          {must === 'password_change' && <><h1>{t('changeTitle')}</h1><p className="plain-note">{t('changeHint')}</p><PasswordForm given={password} onDone={proceed}><Other /></PasswordForm></>}
          {must === 'second_factor_setup' && <><h1>{t('totpTitle')}</h1><p className="plain-note">{t('totpHint')}</p><TotpForm onDone={proceed}><Other /></TotpForm></>}
          {!must && <SignIn expired={phase === 'expired'} onPassword={setPassword} />}
        </div>
        <p className="login-foot">{t('footer')}</p>
      </main>
    </div>
  );
}

/** Leaves what was begun to somebody else. */
function Other() {
  const { t } = useTranslation('login');
  return <button type="button" className="plain-link" onClick={() => void signOut()}>{t('other')}</button>;
}

function Mark() {
  return <img src="./icon.svg" alt="" width={36} height={36} />;
}
