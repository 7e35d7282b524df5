// One operation: what it takes, what it answers, and trying it as oneself.
import { useTranslation } from 'react-i18next';
import { language } from '@/shared/i18n/index.ts';
import { type Document, type Line, lines, type Operation, type Schema, spoken, typeText } from './model.ts';
import { Method } from './Method.tsx';
import { TryIt } from './TryIt.tsx';

export function OperationView({ operation, document }: { operation: Operation; document: Document }) {
  const { t } = useTranslation('admin');
  const english = language() === 'en';
  const good = operation.answers.filter((answer) => answer.status.startsWith('2'));
  const bad = operation.answers.filter((answer) => !answer.status.startsWith('2'));
  return (
    <article className="stack api-operation">
      <div className="panel api-head">
        <h2 className="api-name">{spoken(operation.summary, english)}</h2>
        <p className="code"><Method method={operation.method} /> /api/v1{operation.path}</p>
        {operation.description && <p className="muted">{operation.description}</p>}
      </div>
      <TryIt operation={operation} document={document} />
      {operation.parameters.length > 0 && (
        <section className="panel admin-scroll">
          <h3>{t('api.parameters')}</h3>
          <table className="admin-table admin-stacked">
            <thead><tr><th>{t('definitions.name')}</th><th>{t('api.place')}</th><th>{t('definitions.type')}</th><th>{t('api.about')}</th></tr></thead>
            <tbody>
              {operation.parameters.map((one) => (
                <tr key={`${one.in}${one.name}`}>
                  <td className="code">{one.name}{one.required && <i className="field-required" title={t('common:required')}>*</i>}</td>
                  <td className="muted">{t(`api.in.${one.in}`)}</td>
                  <td className="code">{typeText(document, one.schema)}</td>
                  <td>{one.description}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {operation.body && <Shape title={t('api.body')} about={operation.body.type} schema={operation.body.schema} document={document} />}
      {good.map((answer) => <Shape key={answer.status} title={`${t('api.answer')} ${answer.status}`} about={answer.description} schema={answer.schema} document={document} />)}
      {bad.length > 0 && (
        <details className="panel api-refusals">
          <summary>{t('api.refusals')} <span className="muted">{bad.map((answer) => answer.status).join(' · ')}</span></summary>
          <dl className="facts">{bad.map((answer) => <Refusal key={answer.status} status={answer.status} description={answer.description} />)}</dl>
        </details>
      )}
    </article>
  );
}

function Refusal({ status, description }: { status: string; description: string }) {
  return <><dt className="tabular">{status}</dt><dd>{description}</dd></>;
}

function Shape({ title, about, schema, document }: { title: string; about: string; schema?: Schema; document: Document }) {
  const { t } = useTranslation('admin');
  const told = lines(document, schema);
  return (
    <section className="panel admin-scroll">
      <h3>{title} <span className="muted">{about}</span></h3>
      {told.length > 0 && (
        <table className="admin-table admin-stacked">
          <thead><tr><th>{t('api.member')}</th><th>{t('definitions.type')}</th><th>{t('api.about')}</th></tr></thead>
          <tbody>{told.map((line, index) => <Member key={`${index}${line.name}`} line={line} />)}</tbody>
        </table>
      )}
    </section>
  );
}

function Member({ line }: { line: Line }) {
  const { t } = useTranslation('admin');
  return (
    <tr>
      <td className="code" style={{ paddingInlineStart: 12 + line.depth * 18 }}>{line.name}{line.required && <i className="field-required" title={t('common:required')}>*</i>}</td>
      <td className="code">{line.type}</td>
      <td>{[line.title, line.about].filter((part) => part !== '').join('：')}</td>
    </tr>
  );
}
