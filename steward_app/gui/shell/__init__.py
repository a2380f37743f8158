"""The window around the pages: header, sidebar, job strip, toasts, the welcome page."""
