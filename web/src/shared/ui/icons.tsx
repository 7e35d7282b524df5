// The icons a definition may name. One set, so that an object looks the same everywhere.
import {
  ApartmentOutlined, AppstoreOutlined, AuditOutlined, BankOutlined, BellOutlined, BookOutlined,
  CalendarOutlined, CheckSquareOutlined, CommentOutlined, ContactsOutlined, CreditCardOutlined,
  DatabaseOutlined, FileDoneOutlined, FileOutlined, FlagOutlined, FundOutlined, GiftOutlined,
  IdcardOutlined, LinkOutlined, PhoneOutlined, PieChartOutlined, SafetyOutlined, ShopOutlined,
  SolutionOutlined, StarOutlined, SwapOutlined, TagOutlined, TagsOutlined, TeamOutlined, UserOutlined,
} from '@ant-design/icons';
import type { ComponentType } from 'react';

const ICONS: Record<string, ComponentType> = {
  apartment: ApartmentOutlined, audit: AuditOutlined, bank: BankOutlined, bell: BellOutlined,
  book: BookOutlined, calendar: CalendarOutlined, card: CreditCardOutlined, chart: PieChartOutlined,
  check: CheckSquareOutlined, comment: CommentOutlined, contacts: ContactsOutlined,
  database: DatabaseOutlined, file: FileOutlined, file_done: FileDoneOutlined, flag: FlagOutlined,
  fund: FundOutlined, gift: GiftOutlined, id_card: IdcardOutlined, link: LinkOutlined,
  phone: PhoneOutlined, safety: SafetyOutlined, shop: ShopOutlined, solution: SolutionOutlined,
  star: StarOutlined, swap: SwapOutlined, tag: TagOutlined, tags: TagsOutlined, team: TeamOutlined,
  user: UserOutlined,
};

export function ObjectIcon({ name }: { name?: string | null }) {
  const Icon = (name && ICONS[name]) || AppstoreOutlined;
  return <Icon />;
}
