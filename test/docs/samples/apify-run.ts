/** Typed by hand from the API reference's example of a run. */
const run = {
  id: 'HG7ML7M8z78YcAPEB',
  actId: 'HDSasDasz78YcAPEB',
  userId: '7sT5jcggjjA9fNcxF',
  startedAt: '2019-11-30T07:34:24.202Z',
  statusMessage: 'Actor is running',
  isStatusMessageTerminal: false,
  meta: { origin: 'WEB' },
  stats: { inputBodyLen: 240, migrationCount: 0, restartCount: 0, resurrectCount: 0 },
  options: { build: 'latest', timeoutSecs: 300, memoryMbytes: 1024, diskMbytes: 2048 },
  buildId: '7sT5jcggjjA9fNcxF',
  defaultKeyValueStoreId: 'eJNzqsbPiopwJcgGQ',
  defaultDatasetId: 'wmKPijuyDnPZAPRMk',
  defaultRequestQueueId: 'FL35cSF7jrxr3BY39',
};

export const ready = { data: { ...run, status: 'READY' } };
export const running = { data: { ...run, status: 'RUNNING' } };
export const timingOut = { data: { ...run, status: 'TIMING-OUT' } };
export const timedOut = {
  data: { ...run, status: 'TIMED-OUT', finishedAt: '2019-11-30T07:39:24.202Z' },
};
export const succeeded = {
  data: { ...run, status: 'SUCCEEDED', finishedAt: '2019-11-30T07:38:12.202Z', exitCode: 0 },
};
export const failed = {
  data: { ...run, status: 'FAILED', statusMessage: 'The Actor process exited with code 1' },
};

/** The items of the run's default dataset. */
export const items = [{ url: 'https://example.com', title: 'Example Domain' }];
