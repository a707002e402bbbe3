// Words of the list of destinations; those of one of them stand in `connectionWords.ts`, those about deliveries in
// `deliveryWords.ts`.

import { words } from '../../i18n';
import type { Destination } from './model';

type State = Destination['state'];

export const w = words({
  en: {
    connect: 'Connect a platform',
    connect_this: (platform: string) => `Connect ${platform}`,
    deliveries: 'Deliveries',
    connected: (n: number) => (n === 1 ? '1 connected' : `${n} connected`),
    empty: 'No ad platform is connected yet',
    empty_text: 'Connect the platforms that you advertise on. They learn which clicks became chats and sales, and find you better customers.',
    others: 'Not connected yet',
    // The list.
    platform: 'Platform',
    state: 'State',
    sent: 'Sent',
    waiting: 'Waiting',
    lost: 'Lost',
    last_sent: 'Last sent',
    day: 'in 24 h',
    never: 'Never',
    states: { active: 'Connected', paused: 'Off', held: 'On hold' } as Record<State, string>,
    state_help: {
      active: 'Events are sent as they come.',
      paused: 'Switched off: events wait.',
      held: 'Events wait until it is mended.',
    } as Record<State, string>,
    held_auth: 'Credentials refused',
    held_config: 'Settings refused',
    oldest_since: (span: string) => `oldest for ${span}`,
    oldest_due: (span: string) => `next in ${span}`,
    for: (span: string) => `for ${span}`,
    version_ends: (version: string, day: string) =>
      `Version ${version} of the API ends about ${day}. Raise it in the settings before then, or events will wait.`,
    version_over: (version: string, day: string) => `Version ${version} of the API was to end about ${day}. Raise it in the settings.`,
  },
  id: {
    connect: 'Hubungkan platform',
    connect_this: (platform) => `Hubungkan ${platform}`,
    deliveries: 'Pengiriman',
    connected: (n) => `${n} terhubung`,
    empty: 'Belum ada platform iklan yang terhubung',
    empty_text: 'Hubungkan platform tempat Anda beriklan. Platform jadi tahu klik mana yang menjadi chat dan penjualan, lalu mencarikan pelanggan yang lebih tepat.',
    others: 'Belum terhubung',
    platform: 'Platform',
    state: 'Keadaan',
    sent: 'Terkirim',
    waiting: 'Menunggu',
    lost: 'Hilang',
    last_sent: 'Terakhir terkirim',
    day: 'dalam 24 jam',
    never: 'Belum pernah',
    states: { active: 'Terhubung', paused: 'Nonaktif', held: 'Ditahan' },
    state_help: {
      active: 'Peristiwa dikirim begitu terjadi.',
      paused: 'Dinonaktifkan: peristiwa menunggu.',
      held: 'Peristiwa menunggu sampai diperbaiki.',
    },
    held_auth: 'Kredensial ditolak',
    held_config: 'Pengaturan ditolak',
    oldest_since: (span) => `terlama ${span}`,
    oldest_due: (span) => `berikutnya ${span} lagi`,
    for: (span) => `selama ${span}`,
    version_ends: (version, day) =>
      `Versi API ${version} berakhir sekitar ${day}. Naikkan di pengaturan sebelum itu, kalau tidak peristiwa akan menunggu.`,
    version_over: (version, day) => `Versi API ${version} seharusnya berakhir sekitar ${day}. Naikkan di pengaturan.`,
  },
});
