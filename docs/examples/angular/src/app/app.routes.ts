import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    title: 'All tasks',
    loadComponent: () => import('./board/board-page').then(({ BoardPage }) => BoardPage),
  },
  {
    path: 'tasks/:taskId',
    title: 'Task',
    loadComponent: () => import('./task/task-page').then(({ TaskPage }) => TaskPage),
  },
  { path: '**', redirectTo: '' },
];
