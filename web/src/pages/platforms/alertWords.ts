// The banner's words for each kind of alert. Loaded with the frame, so only what the banner needs.

import { words } from '../../i18n';

const en = {
  held: (name: string) => `${name} is on hold.`,
  holds: (name: string, events: string, n: number) => `${name} holds ${events} ${n === 1 ? 'event' : 'events'}.`,
  auth: 'The access token was refused.',
  auth_google: 'The credentials were refused.',
  config: 'The settings were refused.',
  nothing_lost: 'Nothing is lost:',
  renewed: (n: number) => `${n === 1 ? 'it goes' : 'they go'} out once that is mended`,
  new_wait: 'new events wait until that is mended',
  within_days: (n: number) => (n === 0 ? ' (today)' : n === 1 ? ' (within 1 day)' : ` (within ${n} days)`),
  silent: (name: string) => `${name} has not taken anything for an hour.`,
  silent_text: 'Nothing is lost: events are sent again and again. Its answers say why.',
  webhook: 'A webhook was switched off.',
  webhook_text: 'Its receiver took nothing for five days. Switch it on once it answers again; its log has what was not sent.',
  see_webhook: 'To the webhook',
  mail: 'E-mails do not arrive.',
  see_mail: 'To the digest',
  more: (n: number) => (n === 1 ? 'One more needs attention.' : `${n} more need attention.`),
  see: 'See answers',
  see_all: 'See all',
};

const id: typeof en = {
  held: (name) => `${name} ditahan.`,
  holds: (name, events) => `${name} menahan ${events} peristiwa.`,
  auth: 'Token aksesnya ditolak.',
  auth_google: 'Kredensialnya ditolak.',
  config: 'Pengaturannya ditolak.',
  nothing_lost: 'Tidak ada yang hilang:',
  renewed: () => 'semua dikirim setelah diperbaiki',
  new_wait: 'peristiwa baru menunggu sampai diperbaiki',
  within_days: (n) => (n === 0 ? ' (hari ini juga)' : ` (dalam ${n} hari)`),
  silent: (name) => `${name} tidak menerima apa pun selama satu jam.`,
  silent_text: 'Tidak ada yang hilang: peristiwa terus dikirim ulang. Jawabannya menjelaskan sebabnya.',
  webhook: 'Satu webhook dimatikan.',
  webhook_text: 'Penerimanya tidak menerima apa pun selama lima hari. Nyalakan lagi setelah ia menjawab; catatannya memuat yang belum terkirim.',
  see_webhook: 'Ke webhook',
  mail: 'E-mail tidak sampai.',
  see_mail: 'Ke ringkasan',
  more: (n) => `${n} lagi perlu diperiksa.`,
  see: 'Lihat jawaban',
  see_all: 'Lihat semua',
};

export const alertWords = words({ en, id });
