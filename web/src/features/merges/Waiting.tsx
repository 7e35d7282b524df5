// What a list shows while it is on its way.
import { Skeleton } from 'antd';

/** The place of a list until it is there. */
export function Waiting() {
  return <div className="panel merge-wait"><Skeleton active paragraph={{ rows: 6 }} /></div>;
}
