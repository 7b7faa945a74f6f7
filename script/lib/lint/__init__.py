"""The checks of script/lint, a module each; `check(project)` yields complaints."""
