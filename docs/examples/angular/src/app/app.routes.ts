import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    loadComponent: () => import('./board/board-page').then(({ BoardPage }) => BoardPage),
  },
  {
    path: 'tasks/:taskId',
    loadComponent: () => import('./task/task-page').then(({ TaskPage }) => TaskPage),
  },
  { path: '**', redirectTo: '' },
];
