import { provideHttpClient, withFetch } from '@angular/common/http';
import { provideZoneChangeDetection } from '@angular/core';

/** Where a timer in the zone would be noticed, and nothing else is warned of. */
export const platform = [provideZoneChangeDetection(), provideHttpClient(withFetch())];
