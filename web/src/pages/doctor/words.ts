import { words } from '../../i18n';

export const w = words({
  en: {
    healthy: 'All is well',
    looked_at: (clicks: string) => `Looked at the last 7 days: ${clicks} clicks one by one, the rest by its counts.`,
    again: 'Look again',
    severity: { problem: 'Problem', warning: 'Warning', advice: 'Advice' },
    help: {
      problem: 'Leads, events or data are being lost',
      warning: 'Something does not do what it is there for',
      advice: 'It could be better',
    },
    found: { problem: (n: string) => `${n} problems`, warning: (n: string) => `${n} warnings`, advice: (n: string) => `${n} hints` },
    found_one: { problem: '1 problem', warning: '1 warning', advice: '1 hint' },
    since: (time: string) => `began ${time}`,
    last: (time: string) => `last ${time}`,
    example: 'Example',
    lead: (code: string) => `Lead ${code}`,
    todo: 'What to do',
    list: 'What was found',
  },
  id: {
    healthy: 'Semua baik',
    looked_at: (clicks) => `Diperiksa 7 hari terakhir: ${clicks} klik satu per satu, sisanya dari hitungannya.`,
    again: 'Periksa lagi',
    severity: { problem: 'Masalah', warning: 'Peringatan', advice: 'Saran' },
    help: {
      problem: 'Lead, event, atau data sedang hilang',
      warning: 'Ada yang tidak bekerja sebagaimana mestinya',
      advice: 'Bisa lebih baik',
    },
    found: { problem: (n) => `${n} masalah`, warning: (n) => `${n} peringatan`, advice: (n) => `${n} saran` },
    found_one: { problem: '1 masalah', warning: '1 peringatan', advice: '1 saran' },
    since: (time) => `mulai ${time}`,
    last: (time) => `terakhir ${time}`,
    example: 'Contoh',
    lead: (code) => `Lead ${code}`,
    todo: 'Yang perlu dilakukan',
    list: 'Temuan',
  },
});
