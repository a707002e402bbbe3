// Why a request was not counted, in a word and in a sentence.

import type { Schemas } from '../../api';
import { words } from '../../i18n';

type Reason = Schemas['NotCountedReason'];

export const reasons = words<Record<Reason, { name: string; text: string }>>({
  en: {
    preview: {
      name: 'Link preview',
      text: 'A messenger or a network fetched the link to draw its preview when somebody pasted it.',
    },
    prefetch: {
      name: 'Fetched ahead',
      text: 'A browser or an app loaded the link in advance. If the person tapped it, that tap was counted by itself.',
    },
    bot: { name: 'Bot', text: 'A search engine, a monitor or a scanner that says what it is.' },
    ad_review: { name: 'Ad review', text: 'An ad platform checked where its ad leads. This is good: leave it alone.' },
    tool: { name: 'Program', text: 'A script or a browser that is driven by a program, not by a person.' },
    flood: {
      name: 'Flood',
      text: 'Far more requests from one address or network than people make. They were sent on, but not counted.',
    },
    subresource: {
      name: 'Part of a page',
      text: 'The link was loaded from within a page, as an image, a frame or a script; nobody saw where it leads.',
    },
    head: { name: 'Link check', text: 'Something only asked whether the link works, without opening it.' },
    no_user_agent: { name: 'No browser named', text: 'The request did not say what it came from; every browser does.' },
  },
  id: {
    preview: {
      name: 'Pratinjau tautan',
      text: 'Aplikasi pesan atau jejaring sosial mengambil tautan untuk menggambar pratinjaunya saat seseorang menempelkannya.',
    },
    prefetch: {
      name: 'Dimuat lebih dulu',
      text: 'Peramban atau aplikasi memuat tautan sebelum diketuk. Jika orangnya lalu mengetuk, ketukan itu dihitung sendiri.',
    },
    bot: { name: 'Bot', text: 'Mesin pencari, pemantau, atau pemindai yang menyebut dirinya.' },
    ad_review: {
      name: 'Pemeriksaan iklan',
      text: 'Platform iklan memeriksa ke mana iklannya menuju. Ini baik: biarkan saja.',
    },
    tool: { name: 'Program', text: 'Skrip atau peramban yang dijalankan program, bukan orang.' },
    flood: {
      name: 'Banjir permintaan',
      text: 'Jauh lebih banyak permintaan dari satu alamat atau jaringan daripada yang dibuat orang. Tetap diteruskan, tetapi tidak dihitung.',
    },
    subresource: {
      name: 'Bagian halaman',
      text: 'Tautan dimuat dari dalam halaman sebagai gambar, bingkai, atau skrip; tidak ada yang melihat tujuannya.',
    },
    head: { name: 'Pemeriksaan tautan', text: 'Hanya ditanya apakah tautannya hidup, tanpa dibuka.' },
    no_user_agent: {
      name: 'Tanpa nama peramban',
      text: 'Permintaan tidak menyebut asalnya; setiap peramban menyebutkannya.',
    },
  },
});
