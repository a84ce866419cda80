import { provideHttpClient, withFetch } from '@angular/common/http';
import { provideZonelessChangeDetection } from '@angular/core';

export const platform = [provideZonelessChangeDetection(), provideHttpClient(withFetch())];
