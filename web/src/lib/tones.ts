// Which colour goes with which word. The word always stands beside it.

import type { LeadStatus, TrackingStatus } from '../api';
import type { DeliveryState } from '../api/pending';

export type Tone = 'gray' | 'green' | 'solid' | 'blue' | 'amber' | 'red';

export const statusTone: Record<LeadStatus, Tone> = {
  new: 'green',
  contacted: 'blue',
  responded: 'blue',
  qualified: 'blue',
  hot: 'amber',
  proposal: 'blue',
  negotiation: 'amber',
  invoice: 'amber',
  won: 'solid',
  lost: 'gray',
};

/** In the order in which a sale goes. */
export const statuses = Object.keys(statusTone) as LeadStatus[];

export const trackingTone: Record<TrackingStatus, Tone> = {
  none: 'gray',
  pending: 'blue',
  synced: 'green',
  partial: 'amber',
  held: 'amber',
  failed: 'red',
};

export const deliveryTone: Record<DeliveryState, Tone> = {
  pending: 'blue',
  held: 'amber',
  sent: 'green',
  confirmed: 'green',
  dropped: 'red',
  expired: 'red',
};
