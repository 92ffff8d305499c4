import { provideBrowserGlobalErrorListeners, type ApplicationConfig } from '@angular/core';
import {
  provideRouter,
  withComponentInputBinding,
  withEnabledBlockingInitialNavigation,
  withRouterConfig,
} from '@angular/router';
import { routes } from './app.routes';

export const appConfig: ApplicationConfig = {
  providers: [
    provideBrowserGlobalErrorListeners(),
    provideRouter(
      routes,
      withComponentInputBinding(),
      // The URL says which namespaces to watch: it is read before the first watch begins.
      withEnabledBlockingInitialNavigation(),
      withRouterConfig({ defaultQueryParamsHandling: 'merge' }),
    ),
  ],
};
