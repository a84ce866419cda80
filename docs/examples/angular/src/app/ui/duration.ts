import { Pipe, type PipeTransform } from '@angular/core';

/** How long something took, in words that a screen reader can read: `4 s`, `2 min 5 s`, `1 h 12 min`. */
@Pipe({ name: 'duration' })
export class Duration implements PipeTransform {
  transform(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1_000));
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
}
