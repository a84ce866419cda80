import { provideHttpClient } from '@angular/common/http';
import { provideZoneChangeDetection } from '@angular/core';

/** With Angular's default backend: XMLHttpRequest up to 21, fetch from 22 on. */
export const platform = [provideZoneChangeDetection(), provideHttpClient()];
