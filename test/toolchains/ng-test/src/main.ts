import { bootstrapApplication } from '@angular/platform-browser';
import { TaskBadge } from './task-badge';

await bootstrapApplication(TaskBadge);
