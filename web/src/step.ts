// What a step of a lead is called: its status, or the start of the chat.

import { t } from './i18n';
import type { Schemas } from './api';

export type Step = Exclude<Schemas['EventTrigger'], 'click'>;

export const stepWord = (step: Step): string => (step === 'arrived' ? t().arrived : t().status[step]);
