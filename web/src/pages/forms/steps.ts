// How each form tool is told to post here, in the tool's own words for its own screens. `*…*` is something to look for.

import { words } from '../../i18n';
import type { Tool } from './tools';

const names: Record<Tool, string> = {
  google: 'Google Forms',
  elementor: 'Elementor',
  wpforms: 'WPForms',
  cf7: 'Contact Form 7',
  typeform: 'Typeform',
  tally: 'Tally',
  jotform: 'Jotform',
  meta: 'Meta Lead Ads',
  html: 'HTML',
  other: 'API',
};

interface Steps {
  names: Record<Tool, string>;
  steps: Record<Tool, readonly string[]>;
  signed: string;
}

const en: Steps = {
  names: { ...names, html: 'Your own HTML', other: 'Any other program' },
  steps: {
    google: [
      'In the form open the menu *⋮* and choose *Apps Script*.',
      'Replace what stands there with the code below, and save.',
      'Open *Triggers* (the clock), *Add Trigger*: function *onFormSubmit*, event type *On form submit*. Allow it when Google asks.',
      'Fill in the form once yourself.',
    ],
    elementor: [
      'Edit the form widget; under *Actions After Submit* add *Webhook*.',
      'Under *Webhook* paste the address above and switch *Advanced Data* on.',
      'For the visitor add a field of type *Hidden* with the ID *konektor_visitor*.',
      'Publish the page, and fill in the form once yourself.',
    ],
    wpforms: [
      'With the *Webhooks* addon: open the form, *Settings → Webhooks*, switch it on.',
      'Paste the address above as *Request URL*, method *POST*, format *JSON*, and map each field under *Request Body*.',
      'Save, and fill in the form once yourself.',
    ],
    cf7: [
      'Install the plugin *CF7 to Webhook* and open your form.',
      'In its tab *Webhook* switch *Send to Webhook* on and paste the address above.',
      'For the visitor add *[hidden konektor_visitor]* to the form.',
      'Save, and send the form once yourself.',
    ],
    typeform: [
      'Open the form, *Connect → Webhooks*, *Add a webhook*.',
      'Paste the address above and switch the webhook on.',
      'Press *View deliveries → Send test request*, or fill in the form once.',
    ],
    tally: [
      'Open the form, *Integrations → Webhooks → Connect*.',
      'Paste the address above as *Endpoint URL* and press *Connect*.',
      'Fill in the form once yourself.',
    ],
    jotform: [
      'Open the form, *Settings → Integrations*, and search for *WebHooks*.',
      'Paste the address above and press *Complete Integration*.',
      'Fill in the form once yourself.',
    ],
    meta: [
      'Facebook gives leads to apps only, so something has to pass them on: Zapier, Make or n8n.',
      'There choose *Facebook Lead Ads: New Lead* as the trigger.',
      'As the action choose *Webhooks: POST*, paste the address above, format *JSON*, and send name, phone and e-mail.',
      'Send a test lead with Meta’s *Lead Ads Testing Tool*.',
    ],
    html: ['Put this form on your page. More fields may be added; they are kept with the lead.'],
    other: ['Post JSON or form-encoded data to the address above. Try it in a terminal:'],
  },
  signed:
    'Posts to this form must be signed: Standard Webhooks headers, or X-Konektor-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">. A tool that cannot sign is refused.',
};

const id: Steps = {
  names: { ...names, html: 'HTML Anda sendiri', other: 'Program lain' },
  steps: {
    google: [
      'Di formulir, buka menu *⋮* lalu pilih *Apps Script*.',
      'Ganti isinya dengan kode di bawah, lalu simpan.',
      'Buka *Triggers* (ikon jam), *Add Trigger*: fungsi *onFormSubmit*, jenis peristiwa *On form submit*. Izinkan saat Google bertanya.',
      'Isi formulirnya sekali sendiri.',
    ],
    elementor: [
      'Edit widget formulir; di *Actions After Submit* tambahkan *Webhook*.',
      'Di *Webhook* tempel alamat di atas dan nyalakan *Advanced Data*.',
      'Untuk pengunjung, tambahkan kolom jenis *Hidden* dengan ID *konektor_visitor*.',
      'Terbitkan halamannya, lalu isi formulirnya sekali sendiri.',
    ],
    wpforms: [
      'Dengan addon *Webhooks*: buka formulir, *Settings → Webhooks*, nyalakan.',
      'Tempel alamat di atas sebagai *Request URL*, metode *POST*, format *JSON*, dan petakan tiap kolom di *Request Body*.',
      'Simpan, lalu isi formulirnya sekali sendiri.',
    ],
    cf7: [
      'Pasang plugin *CF7 to Webhook*, lalu buka formulir Anda.',
      'Di tab *Webhook* nyalakan *Send to Webhook* dan tempel alamat di atas.',
      'Untuk pengunjung, tambahkan *[hidden konektor_visitor]* ke formulir.',
      'Simpan, lalu kirim formulirnya sekali sendiri.',
    ],
    typeform: [
      'Buka formulir, *Connect → Webhooks*, *Add a webhook*.',
      'Tempel alamat di atas dan nyalakan webhooknya.',
      'Tekan *View deliveries → Send test request*, atau isi formulirnya sekali.',
    ],
    tally: [
      'Buka formulir, *Integrations → Webhooks → Connect*.',
      'Tempel alamat di atas sebagai *Endpoint URL*, lalu tekan *Connect*.',
      'Isi formulirnya sekali sendiri.',
    ],
    jotform: [
      'Buka formulir, *Settings → Integrations*, lalu cari *WebHooks*.',
      'Tempel alamat di atas, lalu tekan *Complete Integration*.',
      'Isi formulirnya sekali sendiri.',
    ],
    meta: [
      'Facebook hanya memberi lead kepada aplikasi, jadi perlu perantara: Zapier, Make, atau n8n.',
      'Di sana pilih *Facebook Lead Ads: New Lead* sebagai pemicu.',
      'Sebagai tindakan pilih *Webhooks: POST*, tempel alamat di atas, format *JSON*, dan kirim nama, telepon, dan email.',
      'Kirim lead uji dengan *Lead Ads Testing Tool* milik Meta.',
    ],
    html: ['Pasang formulir ini di halaman Anda. Kolom lain boleh ditambah; isinya disimpan bersama lead.'],
    other: ['Kirim JSON atau data form-encoded ke alamat di atas. Coba di terminal:'],
  },
  signed:
    'Kiriman ke formulir ini harus ditandatangani: header Standard Webhooks, atau X-Konektor-Signature: t=<detik unix>,v1=<hex HMAC-SHA256 dari "t.body">. Alat yang tidak bisa menandatangani akan ditolak.',
};

export const steps = words({ en, id });
