import { provideHttpClient, withFetch } from '@angular/common/http';
import { provideZoneChangeDetection } from '@angular/core';

/** A configuration that shows a timer in the zone, and causes no other warning. */
export const platform = [provideZoneChangeDetection(), provideHttpClient(withFetch())];
