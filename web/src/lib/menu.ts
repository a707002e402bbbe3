import type { IconName } from './icons';

/** A line of a `Menu`. */
export interface MenuItem {
  label: string;
  /** What a click does; or `href`. */
  act?: () => void;
  href?: string;
  icon?: IconName;
  /** One of several choices: shows a tick where it is the present one. */
  checked?: boolean;
  isDanger?: boolean;
  /** Starts a new group, under this heading if it has one. */
  group?: string | true;
}
