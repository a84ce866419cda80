import { provideHttpClient } from '@angular/common/http';
import { provideZoneChangeDetection } from '@angular/core';

/** With what Angular sends requests by default: XMLHttpRequest until 21, fetch from 22 on. */
export const platform = [provideZoneChangeDetection(), provideHttpClient()];
