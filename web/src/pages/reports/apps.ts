// What apps are called; names are the same in every language.

import type { Schemas } from '../../api';
import { r } from './rules';

type App = Schemas['InApp'];

const NAMES: Record<Exclude<App, 'other'>, string> = {
  facebook: 'Facebook',
  messenger: 'Messenger',
  instagram: 'Instagram',
  threads: 'Threads',
  tiktok: 'TikTok',
  linkedin: 'LinkedIn',
  line: 'LINE',
  snapchat: 'Snapchat',
  pinterest: 'Pinterest',
  telegram: 'Telegram',
  whatsapp: 'WhatsApp',
  x: 'X',
  wechat: 'WeChat',
  kakaotalk: 'KakaoTalk',
  viber: 'Viber',
  zalo: 'Zalo',
  google: 'Google',
};

export function appName(app: App): string {
  return app === 'other' ? r().other_app : NAMES[app];
}
