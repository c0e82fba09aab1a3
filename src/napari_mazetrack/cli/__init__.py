"""The command line `mazetrack`, one file a command; `main` gathers them.

`run_job` shows and cancels jobs, `interrupt` asks them to stop.
"""
