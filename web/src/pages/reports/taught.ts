// Words of "this was a person".

import { words } from '../../i18n';

export const taughtWords = words({
  en: {
    person: 'This was a person',
    title: 'Teach that this is a person',
    means: {
      user_agent:
        'Whoever was left out for this name alone counts from now on: a lead, a turn, an event. Programs that call themselves something besides stay out.',
      network:
        'Whoever comes from this network counts from now on, however many they are and even where they name no browser. Programs that say what they are stay out.',
    },
    field: { user_agent: 'Name in the user agent', network: 'Network' },
    help: {
      user_agent: 'Only the app’s own name. Names of link previews, ad reviews and known crawlers are refused.',
      network: 'At most one house: /24, or /48 of IPv6.',
    },
    act: 'Teach',
    taught: (value: string) => `${value} counts as a person from the next click on`,
    heading: 'What you taught',
    about: 'Such requests count, although they look like programs.',
    kind: { user_agent: 'Name in the user agent', network: 'Network' },
    remove: 'Take back',
    remove_title: (value: string) => `Take back that ${value} is a person?`,
    remove_text: 'Such requests are left out again. The leads that they made stay.',
    removed: (value: string) => `${value} is left out again`,
  },
  id: {
    person: 'Ini orang',
    title: 'Ajarkan bahwa ini orang',
    means: {
      user_agent:
        'Siapa pun yang tidak dihitung hanya karena nama ini, mulai sekarang dihitung: lead, giliran, peristiwa. Program yang juga menyebut nama lain tetap tidak dihitung.',
      network:
        'Siapa pun yang datang dari jaringan ini mulai sekarang dihitung, berapa pun banyaknya dan meski tidak menyebut peramban. Program yang menyebut dirinya tetap tidak dihitung.',
    },
    field: { user_agent: 'Nama dalam user agent', network: 'Jaringan' },
    help: {
      user_agent: 'Hanya nama aplikasinya sendiri. Nama pratinjau tautan, pemeriksaan iklan, dan perayap yang dikenal ditolak.',
      network: 'Paling luas satu rumah: /24, atau /48 untuk IPv6.',
    },
    act: 'Ajarkan',
    taught: (value) => `${value} dihitung sebagai orang mulai klik berikutnya`,
    heading: 'Yang Anda ajarkan',
    about: 'Permintaan seperti ini dihitung, meski tampak seperti program.',
    kind: { user_agent: 'Nama dalam user agent', network: 'Jaringan' },
    remove: 'Tarik kembali',
    remove_title: (value) => `Tarik kembali bahwa ${value} adalah orang?`,
    remove_text: 'Permintaan seperti ini tidak dihitung lagi. Lead yang sudah dibuatnya tetap ada.',
    removed: (value) => `${value} tidak dihitung lagi`,
  },
});
