// Trying an operation under one's own session: the server decides as always, and a write is asked
// about first, because it is real.
import { CopyOutlined, SendOutlined } from '@ant-design/icons';
import { App, Button, Input, Select, Space } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { root } from '@/shared/api/http.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { curl, type Document, example, type Operation, type Parameter, resolve, target } from './model.ts';
import { type Reply, tryOut } from './tryOut.ts';

interface Props { operation: Operation; document: Document }

export function TryIt({ operation, document }: Props) {
  const { t } = useTranslation('admin');
  const { message, modal } = App.useApp();
  const sentence = useSentence();
  const [values, setValues] = useState<Record<string, string>>({});
  const start = useMemo(() => (operation.body?.type === 'application/json' ? JSON.stringify(example(document, operation.body.schema), null, 2) : ''), [operation, document]);
  const [body, setBody] = useState(start);
  const [reply, setReply] = useState<Reply>();
  const [busy, setBusy] = useState(false);
  const [all, setAll] = useState(false);
  const line = curl(new URL('api/v1/', root).href, operation, values, body);
  const { missing } = target(operation, values);
  // A file to send is the matter of the pages that send files; a session of its own would end this one.
  const able = !operation.body?.type.startsWith('multipart/') && operation.tag !== 'session';
  const asked = operation.parameters.filter((one) => one.in === 'path' || one.required);
  const more = operation.parameters.filter((one) => !asked.includes(one));
  const run = async () => {
    setBusy(true);
    try {
      setReply(await tryOut(operation, values, body));
    } catch (error) {
      void message.error(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  const send = async () => {
    if (operation.method !== 'GET' && !(await modal.confirm({ title: t('api.realAsk'), content: `${operation.method} ${target(operation, values).path}`, okText: t('api.send'), cancelText: t('common:cancel') }))) return;
    await run();
  };
  const copy = async () => {
    await navigator.clipboard.writeText(line);
    void message.success(t('common:error.copied'));
  };
  const put = (name: string, value: string) => setValues((before) => ({ ...before, [name]: value }));
  return (
    <section className="panel api-try">
      <h3>{t('api.try')} <span className="muted">{t(able ? 'api.tryHint' : 'api.notHere')}</span></h3>
      {able && (
        <div className="stack">
          <div className="form-pair">
            {[...asked, ...(all ? more : [])].map((one) => <Value key={`${one.in}${one.name}`} parameter={one} document={document} value={values[one.name] ?? ''} onChange={(value) => put(one.name, value)} />)}
          </div>
          {more.length > 0 && <Button type="link" className="api-more" onClick={() => setAll(!all)}>{t(all ? 'api.fewer' : 'api.more', { count: more.length })}</Button>}
          {operation.body && <label className="stack-label">{t('api.body')}<Input.TextArea className="code" rows={Math.min(Math.max(body.split('\n').length + 1, 3), 16)} spellCheck={false} value={body} onChange={(event) => setBody(event.target.value)} /></label>}
          <Space wrap>
            <Button type="primary" icon={<SendOutlined />} loading={busy} disabled={missing.length > 0} onClick={() => void send()}>{t('api.send')}</Button>
            {missing.length > 0 && <span className="muted">{t('api.missing', { names: missing.join('、') })}</span>}
          </Space>
        </div>
      )}
      <div className="api-curl"><pre className="code" tabIndex={0} aria-label="curl">{line}</pre><Button size="small" icon={<CopyOutlined />} aria-label={t('common:copy')} onClick={() => void copy().catch(() => message.error(t('keys.copyBySelf')))} /></div>
      {reply && <ReplyView reply={reply} />}
    </section>
  );
}

function Value({ parameter, document, value, onChange }: { parameter: Parameter; document: Document; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation('admin');
  const schema = resolve(document, parameter.schema);
  const choices = schema.enum?.map(String) ?? (schema.type === 'boolean' ? ['true', 'false'] : undefined);
  const label = <span className="code">{parameter.name}{(parameter.required || parameter.in === 'path') && <i className="field-required" title={t('common:required')}>*</i>}</span>;
  return (
    <label className="stack-label">{label}
      {choices
        ? <Select aria-label={parameter.name} allowClear value={value || undefined} options={choices.map((one) => ({ value: one, label: one }))} onChange={(next?: string) => onChange(next ?? '')} />
        : <Input value={value} maxLength={4096} placeholder={parameter.description} onChange={(event) => onChange(event.target.value)} />}
    </label>
  );
}

function ReplyView({ reply }: { reply: Reply }) {
  const { t } = useTranslation('admin');
  return (
    <div className="stack" aria-live="polite">
      <h3>{t('api.answer')} <Tag color={reply.status < 300 ? 'green' : reply.status < 500 ? 'orange' : 'red'}>{reply.status}</Tag> <span className="muted tabular">{t('api.took', { ms: reply.ms })}</span></h3>
      <details><summary className="muted">{t('api.headers')}</summary><pre className="code">{reply.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}</pre></details>
      {reply.text && <pre className="code" tabIndex={0} aria-label={t('api.answer')}>{reply.text}</pre>}
      {reply.cut && <p className="muted">{t('api.cut')}</p>}
    </div>
  );
}
