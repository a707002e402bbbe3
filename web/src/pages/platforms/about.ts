// What a visitor or a lead becomes at each platform. Apart from `guide.ts`, which the list of platforms does not need.

import { words } from '../../i18n';
import type { Platform } from './model';

const en: Record<Platform, string> = {
  meta: 'Facebook and Instagram ads, by the Conversions API.',
  google: 'Search, YouTube and Display ads, by the Data Manager API.',
  tiktok: 'TikTok ads, by the Events API.',
  linkedin: 'LinkedIn ads, by the Conversions API.',
};

const id: Record<Platform, string> = {
  meta: 'Iklan Facebook dan Instagram, lewat Conversions API.',
  google: 'Iklan Penelusuran, YouTube, dan Display, lewat Data Manager API.',
  tiktok: 'Iklan TikTok, lewat Events API.',
  linkedin: 'Iklan LinkedIn, lewat Conversions API.',
};

export const about = words({ en, id });
