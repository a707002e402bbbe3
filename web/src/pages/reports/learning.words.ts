import { words } from '../../i18n';

export const l = words({
  en: {
    title: (link: string) => `Learned shares: ${link}`,
    set: 'Set share',
    learned: 'Learned share',
    leads: 'Leads',
    won: 'Won',
    rate: 'Wins, as far as can be told',
    says: {
      unseen: 'The leads have not been looked at yet. That happens once a day.',
      one_agent: 'There is nobody to choose between: only one agent gets new leads here.',
      few_leads: 'Too few leads are old enough to go by, so the set shares are used. At least two agents need 20 each.',
      few_won: 'Too few leads were won to go by, so the set shares are used. It takes 20 of all agents together.',
      no_difference: 'The agents win alike, as far as chance lets one see. The shares stay as they were set.',
      moved: 'The shares follow what the agents win.',
      frozen: 'The shares are frozen. They stay as they were learned until somebody lets them move again.',
    },
    counted: (days: string, wait: string) =>
      `Leads of ${days} count, each as won if it was won within ${wait} days. They count for the agent whom rotation gave them to, whoever has them now. A rate from few leads is pulled towards the team’s, because much of it is chance.`,
    worth: (since: string, learned: string, all: string, heldOut: string, of: string) =>
      `Since ${since}: ${learned} of ${all} leads by learned shares were won, and ${heldOut} of ${of} by the set ones.`,
    verdict: {
      nothing: 'That is too little to compare.',
      unclear: 'That may still be chance.',
      more: (difference: string) => `Learning wins ${difference} more of the leads.`,
      fewer: (difference: string) => `Learning wins ${difference} fewer of the leads: better switch it off.`,
    },
    points: (n: string) => `${n} percentage points`,
  },
  id: {
    title: (link) => `Jatah yang dipelajari: ${link}`,
    set: 'Jatah diatur',
    learned: 'Jatah dipelajari',
    leads: 'Lead',
    won: 'Berhasil',
    rate: 'Keberhasilan, sejauh dapat diperkirakan',
    says: {
      unseen: 'Lead-nya belum diperiksa. Itu dilakukan sekali sehari.',
      one_agent: 'Tidak ada pilihan: hanya satu CS yang menerima lead baru di sini.',
      few_leads: 'Lead yang cukup umurnya masih terlalu sedikit, jadi jatah yang diatur dipakai. Sedikitnya dua CS perlu 20 lead masing-masing.',
      few_won: 'Lead yang berhasil masih terlalu sedikit, jadi jatah yang diatur dipakai. Perlu 20 dari semua CS bersama.',
      no_difference: 'Keberhasilan para CS sama, sejauh dapat dibedakan dari kebetulan. Jatah tetap seperti diatur.',
      moved: 'Jatah mengikuti keberhasilan para CS.',
      frozen: 'Jatah dibekukan. Tetap seperti yang sudah dipelajari sampai dilepas lagi.',
    },
    counted: (days, wait) =>
      `Yang dihitung lead ${days}, berhasil jika terjadi dalam ${wait} hari. Lead dihitung untuk CS yang diberi oleh rotasi, siapa pun pemegangnya sekarang. Angka dari sedikit lead ditarik ke rata-rata tim, karena banyak yang kebetulan.`,
    worth: (since, learned, all, heldOut, of) =>
      `Sejak ${since}: ${learned} dari ${all} lead menurut jatah yang dipelajari berhasil, dan ${heldOut} dari ${of} menurut jatah yang diatur.`,
    verdict: {
      nothing: 'Itu masih terlalu sedikit untuk dibandingkan.',
      unclear: 'Itu masih bisa kebetulan.',
      more: (difference) => `Dengan belajar, lead yang berhasil ${difference} lebih banyak.`,
      fewer: (difference) => `Dengan belajar, lead yang berhasil ${difference} lebih sedikit: sebaiknya dinonaktifkan.`,
    },
    points: (n) => `${n} poin persen`,
  },
});
