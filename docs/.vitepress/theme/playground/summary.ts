import { formatCount, formatDuration } from './format.js';
import type { SeenChange } from './lag.js';
import { MAX_REQUESTS, type Run } from './run.js';
import type { Settings } from './settings.js';

/** A figure with its name. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** The figures of a run. */
export function summary(run: Run, changes: readonly SeenChange[]): Fact[] {
  const until = changes.filter(({ at }) => at <= run.end.at);
  const lags = until.filter(({ missed }) => !missed).flatMap(({ lag }) => lag ?? []);
  const mean = lags.reduce((sum, lag) => sum + lag, 0) / lags.length;
  const unseen = changes.filter(({ lag, missed }) => missed || lag === undefined).length;
  return [
    { name: 'Requests', value: formatCount(run.requests.length) },
    { name: 'Mean lag', value: lags.length > 0 ? formatDuration(mean) : 'none' },
    { name: 'Longest lag', value: lags.length > 0 ? formatDuration(Math.max(...lags)) : 'none' },
    ...(unseen > 0 ? [{ name: 'Changes not seen', value: formatCount(unseen) }] : []),
    { name: 'End', value: endOf(run) },
  ];
}

function endOf({ end }: Run): string {
  const at = formatDuration(end.at);
  switch (end.how) {
    case 'complete':
      return `complete after ${at}`;
    case 'error':
      return `${end.name ?? 'error'} after ${at}`;
    case 'cut':
      return `not reached after ${at}`;
  }
}

/** What a reader may not expect in a run. */
export function notes(settings: Settings, { end }: Run): string[] {
  const found: string[] = [];
  if (settings['backoff.maxDelay'] < settings['backoff.initialDelay']) {
    found.push('backoff.maxDelay is less than backoff.initialDelay: every delay is maxDelay.');
  }
  if (settings['retry.maxDelay'] < settings['retry.initialDelay']) {
    found.push('retry.maxDelay is less than retry.initialDelay: every delay is maxDelay.');
  }
  if (end.how === 'cut') {
    found.push(`The playground stops a run after ${formatCount(MAX_REQUESTS)} requests.`);
  }
  if (end.message !== undefined) found.push(`The stream ended with: ${end.message}`);
  return found;
}

/** A run in words, for readers who do not see the diagram. */
export function describeRun(run: Run): string {
  const emitted = run.emissions.map(({ at, status }) => `${status} at ${formatDuration(at)}`);
  const requests = `${formatCount(run.requests.length)} requests.`;
  return `${requests} The stream emits ${emitted.join(', ') || 'nothing'}. End: ${endOf(run)}.`;
}

/** The lag of each change in words. */
export function describeLag(changes: readonly SeenChange[]): string {
  return changes
    .map(({ status, at, lag, missed }) => {
      const seen = lag === undefined || missed ? 'not seen' : `seen ${formatDuration(lag)} later`;
      return `${status} at ${formatDuration(at)}: ${seen}.`;
    })
    .join(' ');
}
