import { LIBRARY, MEASURES, TARGETS, type Measure, type Sample, type Target } from './rows.js';
import { quartiles, ratios, type Quartiles } from './statistics.js';

/** The results of the benchmark. */
export interface Results {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    /** GiB */
    readonly memory: number;
    readonly system: string;
    readonly node: string;
    readonly date: string;
    readonly versions: Readonly<Record<string, string>>;
  };
  readonly runs: number;
  /** The duration, ms. */
  readonly took: number;
  readonly samples: readonly Sample[];
}

/** The tables of the results, as Markdown. */
export function report(results: Results): string {
  return [figures(results), targets(results), setting(results)].join('\n\n');
}

export function figures({ samples }: Results): string {
  const rows = measures(samples).flatMap((measure) => {
    const contestants = distinct(of(samples, measure).map(({ contestant }) => contestant));
    const [first = ''] = contestants;
    return contestants.map((contestant, place) => {
      const values = valuesOf(samples, measure, contestant);
      const own = valuesOf(samples, measure, first);
      return [
        place === 0 ? `${measure}, ${MEASURES[measure]}` : '',
        contestant,
        spread(quartiles(values)),
        place === 0 || first !== LIBRARY ? '' : spread(quartiles(ratios(own, values)), 'x'),
      ];
    });
  });
  return table(['Measure', 'Contestant', 'Median (quartiles)', 'Library to this one'], rows);
}

export function targets({ samples }: Results): string {
  const rows = TARGETS.flatMap((target) => {
    const found = measuredFor(samples, target);
    if (!found) return [];
    const { measure, contestant, against, atMost } = target;
    const unit = against === undefined ? ` ${MEASURES[measure]}` : 'x';
    return [
      [
        measure,
        against === undefined ? contestant : `${contestant} to ${against}`,
        `${atMost}${unit}`,
        spread(found, unit),
        found.upper <= atMost ? 'reached' : '**missed**',
      ],
    ];
  });
  return table(['Target', 'Of', 'At most', 'Measured', 'By the upper quartile'], rows);
}

function measuredFor(samples: readonly Sample[], target: Target): Quartiles | undefined {
  const { measure, contestant, against } = target;
  const values = valuesOf(samples, measure, contestant);
  if (against === undefined) return values.length ? quartiles(values) : undefined;
  const others = valuesOf(samples, measure, against);
  return values.length && others.length ? quartiles(ratios(values, others)) : undefined;
}

export function setting({ machine, runs, took }: Results): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${runs} alternating runs in fresh processes, ${Math.round(took / 60_000)} minutes, ${machine.date}.`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory} GiB, ${machine.system}, Node ${machine.node}.`,
    `${versions.join(', ')}.`,
  ].join('\n');
}

function measures(samples: readonly Sample[]): Measure[] {
  return (Object.keys(MEASURES) as Measure[]).filter((measure) => of(samples, measure).length > 0);
}

function of(samples: readonly Sample[], measure: Measure): Sample[] {
  return samples.filter((sample) => sample.measure === measure);
}

function valuesOf(samples: readonly Sample[], measure: Measure, contestant: string): number[] {
  return of(samples, measure)
    .filter((sample) => sample.contestant === contestant)
    .map(({ value }) => value);
}

function distinct(names: string[]): string[] {
  return [...new Set(names)];
}

function spread({ lower, median, upper }: Quartiles, unit = ''): string {
  const shown = (value: number): string =>
    Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
  return lower === upper
    ? `${shown(median)}${unit}`
    : `${shown(median)}${unit} (${shown(lower)} to ${shown(upper)})`;
}

/** A Markdown table, formatted like Prettier's. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [
    line(head),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map((row) => line(row)),
  ].join('\n');
}
