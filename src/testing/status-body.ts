import type { TaskApi } from 'rxjs-task-status';

type ReadStatus = (
  json: unknown,
  response: { status: number; headers: { get(name: string): string | null } },
) => unknown;

const OK = { status: 200, headers: { get: () => null } };

/** Returns the JSON for a status: the bare string or `{ status }`, whichever `api.status` reads. */
export function statusBody(api: TaskApi<string>): (status: string) => unknown {
  const readStatus: ReadStatus = api.status;
  const forms = [(status: string): unknown => status, (status: string): unknown => ({ status })];
  const form = forms.find((toJson) =>
    api.statuses.every((status) => {
      let read: unknown;
      try {
        read = readStatus(toJson(status), OK);
      } catch {
        // it read a property of null or undefined
      }
      return read === status;
    }),
  );
  if (form) return form;
  throw new TypeError(
    'api.status reads neither a bare status nor { status }: pass the option body, which returns the JSON for a status',
  );
}
