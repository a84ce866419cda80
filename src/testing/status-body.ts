import type { TaskApi } from 'rxjs-task-status';

type ReadStatus = (
  json: unknown,
  response: { status: number; headers: { get(name: string): string | null } },
) => unknown;

const OK = { status: 200, headers: { get: () => null } };

/** The JSON for a status: the bare word or `{ status }`, whichever `api.status` reads for all words. */
export function statusBody(api: TaskApi<string>): (status: string) => unknown {
  const readStatus: ReadStatus = api.status;
  const forms = [(status: string): unknown => status, (status: string): unknown => ({ status })];
  const form = forms.find((toJson) =>
    api.statuses.every((status) => {
      let read: unknown;
      try {
        read = readStatus(toJson(status), OK);
      } catch {
        // it reads a property of something that is not there
      }
      return read === status;
    }),
  );
  if (form) return form;
  throw new TypeError(
    'api.status reads neither a bare status nor { status }: pass body, which makes the JSON for a status',
  );
}
