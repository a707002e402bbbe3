export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Each number of the records' shape becomes the median over the records. */
export function medians(records) {
  const keys = Object.keys(records[0]).filter((key) => typeof records[0][key] === 'number');
  return Object.fromEntries(keys.map((key) => [key, median(records.map((record) => record[key]))]));
}
